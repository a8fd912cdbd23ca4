//! Inputs that are the same on every machine: integer arithmetic only, named by kind, seed and length.
//!
//! A golden vector names its input in these three words instead of carrying it. Changing anything
//! here changes the inputs of every recipe in `tests/vectors`.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator that gives the same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Rng(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next_u64() % n
    }

    /// A rank below `n`; small ranks are likelier (log-uniform).
    pub fn zipf(&mut self, n: u64) -> u64 {
        let bits = 1 + self.below(u64::from(u64::BITS - n.leading_zeros()));
        let bound = 1 << bits;
        self.below(bound).min(n - 1)
    }
}

/// What the input looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sentences of invented words.
    Text,
    /// JSON records, one a line.
    Json,
    /// Rows of correlated numbers.
    Csv,
    /// Eight-byte little-endian records.
    Struct,
    /// Incompressible.
    Noise,
    /// Runs of one byte.
    Runs,
    /// All of the above in turn.
    Mixed,
}

impl Kind {
    /// Every kind, in the order of the recipes.
    pub const ALL: [Kind; 7] =
        [Kind::Text, Kind::Json, Kind::Csv, Kind::Struct, Kind::Noise, Kind::Runs, Kind::Mixed];

    /// The name used in recipes.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Json => "json",
            Kind::Csv => "csv",
            Kind::Struct => "struct",
            Kind::Noise => "noise",
            Kind::Runs => "runs",
            Kind::Mixed => "mixed",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.name() == name)
    }
}

/// The first `length` bytes of the input named by `kind` and `seed`.
pub fn bytes(kind: Kind, seed: u64, length: usize) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut source = Source::new(kind, &mut rng);
    let mut out = Vec::with_capacity(length + 4096);
    while out.len() < length {
        source.piece(&mut rng, &mut out);
    }
    out.truncate(length);
    out
}

const SYLLABLES: [&str; 26] = [
    "ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "wy", "xa", "zen",
    "lor", "ism", "ent", "ing", "tha", "qu", "ost", "erd", "amp",
];

/// Each part draws from the one generator when its first piece is asked for, as a Python generator does.
enum Source {
    Text { vocabulary: Vec<String>, line: u64 },
    Json { vocabulary: Vec<String>, id: u64 },
    Csv { a: i64, b: i64 },
    Struct { t: u64 },
    Noise,
    Runs,
    Mixed(Vec<(Kind, Option<Source>)>),
}

impl Source {
    fn new(kind: Kind, rng: &mut Rng) -> Self {
        match kind {
            Kind::Text => Source::Text { vocabulary: words(rng, 3000), line: 0 },
            Kind::Json => Source::Json { vocabulary: words(rng, 400), id: 0 },
            Kind::Csv => Source::Csv { a: 1000, b: 50 },
            Kind::Struct => Source::Struct { t: 0 },
            Kind::Noise => Source::Noise,
            Kind::Runs => Source::Runs,
            Kind::Mixed => Source::Mixed(Kind::ALL[..6].iter().map(|&k| (k, None)).collect()),
        }
    }

    fn piece(&mut self, rng: &mut Rng, out: &mut Vec<u8>) {
        match self {
            Source::Text { vocabulary, line } => {
                let count = 4 + rng.below(14);
                let n = vocabulary.len() as u64;
                let mut chosen: Vec<String> =
                    (0..count).map(|_| vocabulary[rng.zipf(n) as usize].clone()).collect();
                chosen[0][..1].make_ascii_uppercase();
                *line += 1;
                out.extend_from_slice(chosen.join(" ").as_bytes());
                out.extend_from_slice(if *line % 5 != 0 { b". " } else { b".\n" });
            }
            Source::Json { vocabulary, id } => {
                *id += 1 + rng.below(3);
                let tags: Vec<String> = (0..rng.below(4))
                    .map(|_| format!("\"{}\"", vocabulary[rng.zipf(400) as usize]))
                    .collect();
                let user = &vocabulary[rng.zipf(400) as usize];
                let active = if rng.below(3) != 0 { "true" } else { "false" };
                let (whole, cents) = (rng.below(100), rng.below(100));
                let (month, day) = (1 + rng.below(12), 1 + rng.below(28));
                let (h, m, s) = (rng.below(24), rng.below(60), rng.below(60));
                let tags = tags.join(",");
                out.extend_from_slice(
                    format!(
                        "{{\"id\":{id},\"user\":\"{user}\",\"active\":{active},\"score\":{whole}.{cents:02},\
                         \"tags\":[{tags}],\"ts\":\"2026-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}Z\"}}\n"
                    )
                    .as_bytes(),
                );
            }
            Source::Csv { a, b } => {
                *a += rng.below(7) as i64 - 3;
                *b += rng.below(3) as i64 - 1;
                out.extend_from_slice(format!("{a};{b};{};{}\n", *a * *b, rng.below(10)).as_bytes());
            }
            Source::Struct { t } => {
                *t += rng.below(5);
                out.extend_from_slice(&(*t as u32).to_le_bytes());
                out.extend_from_slice(&(rng.below(1 << 12) as u16).to_le_bytes());
                out.extend_from_slice(&[rng.zipf(256) as u8, 0]);
            }
            Source::Noise => out.extend_from_slice(&rng.next_u64().to_le_bytes()),
            Source::Runs => {
                let byte = rng.below(256) as u8;
                let count = 1 + rng.zipf(400) as usize;
                out.resize(out.len() + count, byte);
            }
            Source::Mixed(parts) => {
                let (kind, part) = &mut parts[rng.below(6) as usize];
                for _ in 0..20 + rng.below(200) {
                    part.get_or_insert_with(|| Source::new(*kind, rng)).piece(rng, out);
                }
            }
        }
    }
}

fn words(rng: &mut Rng, count: usize) -> Vec<String> {
    (0..count)
        .map(|_| {
            (0..1 + rng.below(4)).map(|_| SYLLABLES[rng.below(SYLLABLES.len() as u64) as usize]).collect()
        })
        .collect()
}
