//! `piz -h`, in English or Russian: the same definition, in other words.

use clap::Command;

use crate::edge::language::Language;

/// What every option of `piz` and every common one is called in Russian, by its id.
const RUSSIAN: &[(&str, &str)] = &[
    ("files", "Файлы; без них или вместо - читается стандартный поток ввода"),
    ("stdout", "Запись в стандартный поток вывода"),
    ("decompress", "Принудительно попытаться распаковать файл"),
    ("compress", "Принудительно запаковать файл"),
    ("force", "Принудительная перезапись существующих файлов; вывод архива на терминал"),
    ("show_help", "Вывод справочной информации"),
    ("license", "Вывод лицензии"),
    ("no_meta", "Не сохранять/не извлекать метаинформацию о файле"),
    ("meta", "Сохранять/извлекать метаинформацию о файле (по умолчанию)"),
    ("quiet", "Не выводить предупреждения; из несовместимых параметров действует последний"),
    ("no_suffix", "Не использовать стандартный суффикс архива .piz"),
    ("suffix", "Использовать суффикс <SUF> вместо стандартного суффикса .piz"),
    ("verbose", "Подробный вывод"),
    ("show_version", "Вывод версии приложения"),
    ("no_cache", "Не использовать кэш цифр числа π"),
    ("cache", "Использовать кэш, расположенный в <PATH>; без пути и по умолчанию — стандартный кэш"),
    ("chunks", "Разбить исходный файл на <N> чанков равного размера; первые (длина mod N) на байт длиннее"),
    (
        "size",
        "Разбить исходный файл на чанки размером <N> байт; K, M, G, T, P, E, Z, Y — степени десятки, k, m, g, t, \
         p, e, z, y — степени двойки",
    ),
    (
        "full",
        "Упаковать файл одним чанком, как бы далеко он ни был. По умолчанию один чанк ищется среди первых цифр, а \
         не найденный разбивается",
    ),
    ("smallest", "Разбить так, чтобы архив был наименьшим"),
    ("threads", "Работа в <N> потоков; без <N> — по количеству ядер процессора [по умолчанию: 1]"),
    ("base", "Основание для расчёта цифр числа π: от 2 до 256 или Bin, Oct, Dec, Hex [по умолчанию: Hex]"),
    ("write_base", "Основание записи чисел в архиве [по умолчанию: Dec]"),
    ("same_owner", "Вернуть файл владельцу, названному в архиве, если это позволено"),
    ("seal", "Записать и ФАЙЛ.b3 — хэши, для которых в формате нет места"),
    ("json", "Результаты и сообщения строками JSON"),
    ("progress", "Когда показывать ход работы: auto, always, never, json"),
    ("no_progress", "Не показывать ход работы"),
    ("offline", "Не использовать сеть (piz её и не использует)"),
    ("max-memory", "Не больше стольких байт памяти"),
    ("max-output", "Не больше стольких байт результата"),
    ("max-entries", "Не больше стольких записей архива (в PiZ она одна)"),
    ("max-depth", "Не больше стольких частей пути"),
    ("max-name", "Не больше стольких байт в пути"),
    ("max-metadata", "Не больше стольких байт метаинформации"),
    ("max-work", "Не больше стольких единиц работы"),
    ("max-digits", "Не больше стольких цифр числа π"),
];

const ABOUT: &str = "PiZ: файлы как позиции в числе π\n\n\
    Упаковывает или распаковывает ФАЙЛы: архивы распаковывает, остальное упаковывает. Если ФАЙЛ не указан или указан -, \
    чтение происходит из стандартного потока ввода, запись — в стандартный поток вывода. Исходные файлы сохраняются.";

const USAGE: &str = "piz [ПАРАМЕТР]... [ФАЙЛ]...\n               unsaid piz explain ФАЙЛ";

const AFTER: &str = "Например:\n\n    \
    tar -cf - file1 file2 file3 | piz -mc > archive.tar.piz\n    \
    piz -mc archive.tar.piz | tar -xf -\n    \
    tar -I piz -xf archive.tar.piz\n\n\
    Несовместимые между собой параметры: -d и -D; -m и -M; -s и -S; -w и -W; -n, -b, -F и --smallest.\n\
    Если указан -q, применяется последний из них; в противном случае работа прекращается с ошибкой.\n\
    При указании -V, -L, -h в любом сочетании выводится вся запрошенная информация.";

const TEMPLATE: &str = "{about}\n\nИспользование: {usage}\n\nПараметры:\n{options}\n\n{after-help}\n";

/// The help of `piz`, all of it.
pub(super) fn text(language: Language) -> String {
    let mut root = crate::command();
    root.build();
    let Some(piz) = root.find_subcommand("piz").cloned() else { return String::new() };
    match language {
        Language::English => piz.render_long_help().to_string(),
        Language::Russian => translated(piz).render_long_help().to_string(),
    }
}

trait Rendered {
    fn render_long_help(self) -> clap::builder::StyledStr;
}

impl Rendered for Command {
    fn render_long_help(mut self) -> clap::builder::StyledStr {
        Command::render_long_help(&mut self)
    }
}

/// The same command, said in Russian.
fn translated(piz: Command) -> Command {
    let piz = RUSSIAN.iter().fold(piz, |piz, (id, help)| {
        if piz.get_arguments().all(|arg| arg.get_id() != id) {
            return piz;
        }
        piz.mut_arg(id, |arg| {
            let arg = arg.help(*help).long_help(*help).hide_possible_values(true).hide_default_value(true);
            arg.help_heading(None::<&str>)
        })
    });
    let piz =
        piz.about(ABOUT).long_about(ABOUT).override_usage(USAGE).after_help(AFTER).after_long_help(AFTER);
    piz.help_template(TEMPLATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piz() -> Command {
        let mut root = crate::command();
        root.build();
        root.find_subcommand("piz").unwrap().clone()
    }

    #[test]
    fn every_option_is_said_in_russian_and_no_other() {
        let defined: Vec<String> = piz().get_arguments().map(|arg| arg.get_id().to_string()).collect();
        for id in &defined {
            assert!(RUSSIAN.iter().any(|(known, _)| known == id), "{id} has no Russian help");
        }
        for (id, help) in RUSSIAN {
            assert!(defined.iter().any(|defined| defined == id), "{id} is no option");
            assert!(help.chars().any(|c| ('а'..='я').contains(&c)), "{id}");
        }
    }

    #[test]
    fn both_helps_name_every_option() {
        let (english, russian) = (text(Language::English), text(Language::Russian));
        for arg in piz().get_arguments() {
            let Some(long) = arg.get_long() else { continue };
            for help in [&english, &russian] {
                assert!(help.contains(&format!("--{long}")), "--{long} is not in\n{help}");
            }
        }
        assert!(
            english.contains("Usage: piz [OPTION]... [FILE]...")
                && russian.contains("[ПАРАМЕТР]... [ФАЙЛ]...")
        );
        assert!(!russian.contains("At most") && !russian.contains("Print"), "{russian}");
    }
}
