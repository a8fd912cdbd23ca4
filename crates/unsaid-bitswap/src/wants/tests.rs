use std::time::Duration;

use unsaid_core::ErrorKind;
use unsaid_ipld::Codec;

use super::memory::{REMEMBERED, REPEATS};
use super::silence::{MAX_NUDGES, OVERTAKEN};
use super::*;

fn block(name: u32, size: usize) -> Block {
    let mut data = name.to_le_bytes().to_vec();
    data.resize(size.max(4), 0);
    Block::new(Codec::Raw, data).unwrap()
}

/// What of whom.
type Asks = Vec<(Peer, Cid)>;

/// Peers that are connected, and a clock that only moves when told.
struct Scene {
    wants: Wants,
    now: Instant,
    unread: Arc<AtomicUsize>,
    given: Vec<Cid>,
    ended: Vec<Ending>,
    left: Vec<Peer>,
}

impl Scene {
    fn new(peers: usize) -> Scene {
        let now = Instant::now();
        let mut wants = Wants::new(peers, &Options::default(), now);
        (0..peers).for_each(|p| wants.set(p, State::Connected, now));
        let unread = Arc::new(AtomicUsize::new(0));
        Scene { wants, now, unread, given: Vec::new(), ended: Vec::new(), left: Vec::new() }
    }

    fn call(&mut self, names: std::ops::Range<u32>) {
        let cids: Vec<Cid> = names.map(|n| *block(n, 4).cid()).collect();
        self.wants.call(0, &cids, Arc::clone(&self.unread));
    }

    /// What is asked and cancelled now.
    fn step(&mut self) -> (Asks, Asks) {
        let (mut asked, mut cancelled) = (Vec::new(), Vec::new());
        for action in self.wants.step(self.now) {
            match action {
                Action::Ask(peer, cid) => asked.push((peer, cid)),
                Action::Cancel(peer, cid) => cancelled.push((peer, cid)),
                Action::Give(_, block) => self.given.push(*block.cid()),
                Action::End(_, ending) => self.ended.push(ending),
                Action::Leave(peer) => self.left.push(peer),
            }
        }
        (asked, cancelled)
    }

    fn give(&mut self, peer: Peer, block: &Block) {
        self.wants.block(peer, *block.cid(), block.data().to_vec(), self.now);
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }
}

#[test]
fn a_peer_is_asked_for_two_blocks_at_first_and_for_the_window_in_the_end() {
    let mut scene = Scene::new(1);
    scene.call(0..100);
    assert_eq!(scene.step().0.len(), 2);
    let mut most = 0;
    for name in 0..100 {
        scene.give(0, &block(name, 4));
        scene.unread.store(0, Ordering::Relaxed);
        scene.step();
        most = most.max(scene.wants.asked(0).len());
    }
    assert_eq!((most, scene.given.len(), scene.ended.len()), (16, 100, 1));
    assert!(scene.ended.remove(0).result().is_ok());
}

#[test]
fn large_blocks_make_the_window_small() {
    let mut scene = Scene::new(1);
    let large: Vec<Block> = (0..40).map(|n| block(n, 1 << 20)).collect();
    let cids: Vec<Cid> = large.iter().map(|b| *b.cid()).collect();
    scene.wants.call(0, &cids, Arc::clone(&scene.unread));
    scene.step();
    for block in &large {
        scene.give(0, block);
        scene.unread.store(0, Ordering::Relaxed);
        scene.step();
        assert!(scene.wants.asked(0).len() <= 2, "2 MiB at most");
    }
    assert_eq!(scene.given.len(), 40);
}

#[test]
fn nothing_more_is_asked_while_2_mib_are_unread() {
    let mut scene = Scene::new(1);
    scene.call(0..10);
    scene.unread.store(2 << 20, Ordering::Relaxed);
    assert_eq!(scene.step().0, []);
    scene.unread.store(0, Ordering::Relaxed);
    assert_eq!(scene.step().0.len(), 2);
}

#[test]
fn dont_have_of_all_is_absent_and_is_no_error() {
    let mut scene = Scene::new(2);
    scene.call(0..1);
    let cid = *block(0, 4).cid();
    assert_eq!(scene.step().0, [(0, cid)]);
    scene.wants.presence(0, &cid, false, scene.now);
    assert_eq!(scene.step().0, [(1, cid)]);
    scene.wants.presence(1, &cid, false, scene.now);
    scene.step();
    assert!(scene.given.is_empty() && scene.ended.remove(0).result().is_ok());
}

#[test]
fn silence_is_followed_by_the_next_peer_and_of_all_it_is_an_error() {
    let mut scene = Scene::new(2);
    scene.call(0..1);
    let cid = *block(0, 4).cid();
    scene.step();
    scene.wait(10);
    assert_eq!(scene.step(), (vec![(1, cid)], vec![(0, cid)]));
    scene.wait(10);
    scene.step();
    let e = scene.ended.remove(0).result().unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(e.to_string().contains("2 peers kept silent"), "{e}");
}

#[test]
fn a_late_block_is_still_taken_and_a_later_one_is_no_offence() {
    let mut scene = Scene::new(2);
    scene.call(0..1);
    scene.step();
    scene.wait(10);
    scene.step();
    scene.give(0, &block(0, 4));
    scene.step();
    scene.give(1, &block(0, 4));
    scene.step();
    assert_eq!((scene.given.len(), scene.ended.len(), scene.wants.peers[1].strikes), (1, 1, 0));
}

#[test]
fn a_peer_that_gives_others_has_more_time_but_not_for_ever() {
    let mut scene = Scene::new(1);
    scene.call(0..60);
    scene.step();
    let stuck = *block(0, 4).cid();
    for name in 1..8 {
        scene.wait(5);
        scene.give(0, &block(name, 4));
        scene.step();
        assert!(scene.wants.asked(0).contains(&stuck), "after {} s", name * 5);
    }
    scene.wait(5);
    scene.give(0, &block(8, 4));
    assert!(scene.step().1.contains(&(0, stuck)));
}

#[test]
fn what_a_lost_peer_was_asked_is_asked_again_three_times() {
    let mut scene = Scene::new(1);
    scene.call(0..1);
    for turn in 0..4 {
        assert_eq!(scene.step().0.len(), 1, "turn {turn}");
        scene.wants.set(0, State::Dialing, scene.now);
        assert!(scene.step().0.is_empty() && (turn == 3 || scene.ended.is_empty()));
        scene.wants.set(0, State::Connected, scene.now);
    }
    scene.step();
    assert_eq!(scene.ended.remove(0).result().unwrap_err().kind(), ErrorKind::Environment);
}

#[test]
fn wants_wait_for_who_is_being_dialled_and_not_for_who_is_down() {
    let mut scene = Scene::new(1);
    scene.wants.set(0, State::Dialing, scene.now);
    scene.call(0..3);
    scene.step();
    assert!(scene.ended.is_empty());
    scene.wants.set(0, State::Down, scene.now);
    scene.step();
    let e = scene.ended.remove(0).result().unwrap_err();
    assert!(
        e.to_string().contains("no peer gave 3 of the blocks") && e.to_string().contains("1 peer cannot"),
        "{e}"
    );
}

#[test]
fn e1_wants_of_a_peer_that_sends_other_bytes_go_to_another() {
    let mut scene = Scene::new(2);
    scene.call(0..2);
    scene.step();
    let held = scene.wants.asked(0);
    scene.give(0, &block(77, 4));
    let (asked, cancelled) = scene.step();
    assert_eq!(asked.iter().map(|(p, _)| *p).collect::<Vec<_>>(), vec![1; held.len()]);
    assert_eq!(cancelled.len(), held.len());
    assert!(scene.given.is_empty() && scene.left.is_empty());
}

#[test]
fn e7_eight_unasked_blocks_end_it_with_a_peer() {
    let mut scene = Scene::new(1);
    scene.call(0..1);
    scene.step();
    for name in 100..108 {
        scene.give(0, &block(name, 4));
    }
    scene.step();
    assert_eq!((&scene.left[..], scene.wants.state(0)), (&[0][..], State::Left));
    let e = scene.ended.remove(0).result().unwrap_err();
    assert!(e.to_string().contains("sent what was not asked for"), "{e}");
    scene.wants.set(0, State::Connected, scene.now);
    assert_eq!(scene.wants.state(0), State::Left, "for good");
}

#[test]
fn who_hangs_up_leaves_nothing_wanted_but_what_others_want() {
    let mut scene = Scene::new(1);
    scene.call(0..2);
    scene.step();
    scene.wants.call(1, &[*block(1, 4).cid()], Arc::clone(&scene.unread));
    scene.step();
    scene.wants.hang_up(0);
    assert_eq!(scene.step().1, [(0, *block(0, 4).cid())]);
    scene.give(0, &block(1, 4));
    scene.step();
    assert_eq!((scene.given.len(), scene.ended.len(), scene.wants.wants.len()), (1, 1, 0));
}

#[test]
fn one_caller_with_a_thousand_blocks_does_not_hold_up_another() {
    let mut scene = Scene::new(1);
    scene.call(0..1000);
    scene.step();
    scene.wants.call(1, &[*block(5000, 4).cid()], Arc::new(AtomicUsize::new(0)));
    for name in 0..4 {
        scene.give(0, &block(name, 4));
        scene.unread.store(0, Ordering::Relaxed);
        scene.step();
    }
    assert!(scene.wants.asked(0).contains(block(5000, 4).cid()));
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut scene = Scene::new(1);
    for turn in 0..3 {
        scene.call(turn * 3000..(turn + 1) * 3000);
        scene.wants.set(0, State::Down, scene.now);
        scene.step();
        assert!(scene.wants.memory.sizes().iter().all(|size| *size <= REMEMBERED));
        assert!(scene.wants.unplaced.is_empty() && scene.wants.wants.is_empty());
    }
    assert_eq!(scene.ended.len(), 3);
}

#[test]
fn what_many_later_answers_overtook_is_asked_again() {
    let mut scene = Scene::new(1);
    scene.call(0..200);
    scene.step();
    let lost = *block(0, 4).cid();
    let mut again = Vec::new();
    for name in 1..100 {
        scene.give(0, &block(name, 4));
        scene.unread.store(0, Ordering::Relaxed);
        let asked = scene.step().0;
        again.extend(asked.iter().filter(|(_, cid)| *cid == lost).map(|_| name));
    }
    // Without waiting at all; and not for ever.
    assert_eq!(again.len(), MAX_NUDGES as usize, "{again:?}");
    assert!(again[0] <= OVERTAKEN + 2 && again[1] > again[0] + OVERTAKEN - 1, "{again:?}");
}

#[test]
fn a_silent_peer_is_asked_again_before_it_is_given_up() {
    let mut scene = Scene::new(1);
    scene.call(0..1);
    let cid = *block(0, 4).cid();
    let mut asked = Vec::new();
    for second in 0..=12 {
        if !scene.step().0.is_empty() {
            asked.push(second);
        }
        scene.wait(1);
    }
    assert_eq!(asked, [0, 2, 6]);
    assert_eq!(scene.ended.len(), 1);
    // As often as it was asked for it may still come.
    for _ in 0..REPEATS {
        scene.wants.block(0, cid, block(0, 4).into_data(), scene.now);
    }
    assert_eq!(scene.wants.peers[0].strikes, 0);
    scene.wants.block(0, cid, block(0, 4).into_data(), scene.now);
    assert_eq!(scene.wants.peers[0].strikes, 1);
}
