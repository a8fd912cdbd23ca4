//! Who is here, and who has to go when more come than there is room for.
//!
//! A connection that asks for nothing costs nothing to make. So where all places are taken, the one that
//! has waited longest without ever having asked goes first, then one that asked and now waits; whoever is
//! being served stays. One address has a share only, and where that is used up it makes room itself.

use std::net::{IpAddr, Ipv6Addr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::{ServeOptions, send};

#[derive(Debug, Default)]
pub(super) struct Crowd {
    seats: Mutex<Seats>,
}

#[derive(Debug, Default)]
struct Seats {
    /// At most [`ServeOptions::connections`].
    taken: Vec<Seat>,
    next: u64,
}

#[derive(Debug)]
struct Seat {
    id: u64,
    client: IpAddr,
    stream: Arc<TcpStream>,
    /// Since when it asks for nothing; `None` while it is served.
    waits: Option<Instant>,
    /// Whether it ever was.
    served: bool,
}

/// Where clients come from, and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    all: usize,
    each: usize,
    /// What this machine's own may have.
    own: usize,
}

impl Room {
    /// For a server that only this machine reaches, or for one that others reach too and should find
    /// places in.
    pub(super) fn of(options: &ServeOptions, loopback: bool) -> Room {
        let all = options.connections.max(1);
        let own = if loopback { all } else { (all - all / 4).max(1) };
        Room { all, each: options.connections_each.max(1), own }
    }

    fn share(&self, client: IpAddr) -> usize {
        if client.is_loopback() { self.own } else { self.each }
    }
}

impl Crowd {
    /// A place for a client, where there is one or one can be made.
    pub(super) fn enter(
        self: &Arc<Self>,
        room: Room,
        stream: &Arc<TcpStream>,
        peer: IpAddr,
    ) -> Option<Place> {
        let client = client_of(peer);
        let mut seats = self.seats();
        let own = seats.taken.iter().filter(|seat| seat.client == client).count();
        if own >= room.share(client) {
            seats.evict(|seat| seat.client == client)?;
        } else if seats.taken.len() >= room.all {
            seats.evict(|_| true)?;
        }
        let id = seats.next;
        seats.next += 1;
        let (stream, waits) = (Arc::clone(stream), Some(Instant::now()));
        seats.taken.push(Seat { id, client, stream, waits, served: false });
        Some(Place { crowd: Arc::clone(self), id })
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    /// Sends one of these away.
    fn evict(&mut self, of: impl Fn(&Seat) -> bool) -> Option<()> {
        let idle = self.taken.iter().enumerate().filter(|(_, seat)| of(seat));
        let (_, _, at) = idle.filter_map(|(at, seat)| Some((seat.served, seat.waits?, at))).min()?;
        let seat = self.taken.remove(at);
        send::refuse_crowd(&seat.stream);
        // Its thread reads an end, and goes.
        let _ = seat.stream.shutdown(std::net::Shutdown::Both);
        Some(())
    }
}

/// A client's place, given back when it goes.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Arc<Crowd>,
    id: u64,
}

impl Place {
    /// It asks for something; `false` where it was sent away meanwhile.
    pub(super) fn asks(&self) -> bool {
        self.change(|seat| seat.waits = None)
    }

    /// It has what it asked for.
    pub(super) fn has_its_answer(&self) {
        self.change(|seat| (seat.waits, seat.served) = (Some(Instant::now()), true));
    }

    fn change(&self, what: impl FnOnce(&mut Seat)) -> bool {
        self.crowd.seats().taken.iter_mut().find(|seat| seat.id == self.id).map(what).is_some()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.seats().taken.retain(|seat| seat.id != self.id);
    }
}

/// What shares one share: an address, or the 2^64 of IPv6 that one customer has.
fn client_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => Ipv6Addr::from(u128::from(v6) >> 64 << 64).into(),
        other => other,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    fn pair() -> (TcpStream, Arc<TcpStream>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (ours, Arc::new(listener.accept().unwrap().0))
    }

    fn room() -> Room {
        let options = ServeOptions { connections: 4, connections_each: 2, ..ServeOptions::default() };
        Room::of(&options, false)
    }

    #[test]
    fn i4_who_never_asked_goes_first_and_who_is_served_stays() {
        let crowd = Arc::new(Crowd::default());
        let mut clients = Vec::new();
        let mut enter = |ip: &str| {
            let (theirs, ours) = pair();
            clients.push(theirs);
            crowd.enter(room(), &ours, ip.parse().unwrap())
        };
        let served = enter("10.0.0.1").unwrap();
        assert!(served.asks());
        let keeps = enter("10.0.0.2").unwrap();
        assert!(keeps.asks());
        keeps.has_its_answer();
        let idle = enter("10.0.0.3").unwrap();
        let younger = enter("10.0.0.4").unwrap();
        // Full: the oldest that never asked goes, then the next, then the one that waits for no answer.
        let places = [enter("10.0.0.5").unwrap(), enter("10.0.0.6").unwrap()];
        assert!(!idle.asks() && !younger.asks());
        assert!(places.iter().all(Place::asks));
        let last = enter("10.0.0.7").unwrap();
        assert!(!keeps.asks());
        assert!(last.asks() && served.asks());
        // All are served now.
        assert!(enter("10.0.0.8").is_none());
        let mut said = String::new();
        clients[2].read_to_string(&mut said).unwrap();
        assert!(said.starts_with("HTTP/1.1 503 "), "{said}");
    }

    #[test]
    fn i4_one_address_has_its_share_and_makes_room_for_itself_only() {
        let crowd = Arc::new(Crowd::default());
        let enter = |ip: &str| crowd.enter(room(), &pair().1, ip.parse().unwrap());
        let other = enter("10.0.0.1").unwrap();
        // One customer's network is one client, however it is written.
        let [first, second] = [enter("2001:db8::1").unwrap(), enter("2001:db8::2:1").unwrap()];
        let third = enter("2001:db8::ffff:ffff:1:1").unwrap();
        assert!(!first.asks() && second.asks() && third.asks() && other.asks());
        assert!(enter("2001:db8::9").is_none());
        assert!(enter("::ffff:10.0.0.1").is_some() && enter("2001:db8:0:1::1").is_some());
    }

    #[test]
    fn i4_nothing_is_kept_of_clients_that_are_gone_or_were_refused() {
        let crowd = Arc::new(Crowd::default());
        let places: Vec<Place> =
            (0..4).filter_map(|n| crowd.enter(room(), &pair().1, [10, 0, 0, n].into())).collect();
        assert!(places.iter().all(Place::asks));
        for n in 0..200 {
            assert!(crowd.enter(room(), &pair().1, [10, 0, 1, n].into()).is_none());
        }
        assert_eq!(crowd.seats().taken.len(), 4);
        drop(places);
        assert_eq!(crowd.seats().taken.len(), 0);
    }
}
