//! `-L`.

use crate::edge::language::Language;

const MIT: &str = include_str!("../../../../../LICENSE-MIT");
const APACHE: &str = include_str!("../../../../../LICENSE-APACHE");

/// Under what the program may be used, and both texts.
pub(super) fn text(language: Language) -> String {
    let head = language.choose(
        "Unsaid, and PiZ in it, may be used under the MIT License or the Apache License 2.0, as you choose.",
        "Unsaid и PiZ в его составе можно использовать по лицензии MIT или Apache 2.0, на ваш выбор.",
    );
    let fast = if cfg!(feature = "fast") {
        language.choose(
            "\nThis build computes with malachite, which is under the LGPL 3.0: its source and Cargo.lock are public.",
            "\nЭта сборка вычисляет с библиотекой malachite под LGPL 3.0: её исходный код и Cargo.lock общедоступны.",
        )
    } else {
        ""
    };
    format!("{head}{fast}\n\n{MIT}\n{APACHE}")
}
