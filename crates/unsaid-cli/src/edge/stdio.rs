//! Standard input and output as streams of bytes: never to a person's terminal, and never stuck
//! behind a read when a signal asked us to stop.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};

use unsaid_core::{Error, ErrorKind, Result};

use super::progress::stop_if_asked;

/// Standard input as compressed bytes. A person cannot type those.
pub(crate) fn compressed_input() -> Result<Input> {
    if io::stdin().is_terminal() {
        return Err(Error::new(ErrorKind::Usage, "compressed bytes cannot come from a terminal")
            .hint("name a file, or send one: unsaid … - < FILE"));
    }
    input()
}

/// Standard input as it comes.
pub(crate) fn input() -> Result<Input> {
    reopen::stdin().map(Input).map_err(|e| Error::io("opening standard input", e))
}

/// Standard output for compressed bytes: refused on a terminal, unless forced.
pub(crate) fn compressed_output(force: bool) -> Result<Output> {
    if io::stdout().is_terminal() && !force {
        return Err(Error::new(ErrorKind::Usage, "compressed bytes do not go to a terminal")
            .hint("use -o FILE or > FILE, or --force"));
    }
    output(true)
}

/// Standard output for the content of a file: on a terminal only text passes, unless forced.
pub(crate) fn content_output(force: bool) -> Result<Output> {
    output(force || !io::stdout().is_terminal())
}

fn output(any_bytes: bool) -> Result<Output> {
    let file = reopen::stdout().map_err(|e| Error::io("opening standard output", e))?;
    reopen::widen(&file);
    Ok(Output { file, any_bytes })
}

/// Standard input, unbuffered. A read waits at most as long as no signal comes.
#[derive(Debug)]
pub(crate) struct Input(File);

impl Input {
    /// As standard input, for a pipe that has a name.
    pub(crate) fn of(file: File) -> Self {
        Input(file)
    }

    /// The file behind it, where standard input is one (`< FILE`) that can be read at any place.
    pub(crate) fn seekable(&self) -> Option<File> {
        self.0.metadata().ok().filter(std::fs::Metadata::is_file)?;
        self.0.try_clone().ok()
    }
}

impl Read for Input {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            stop_if_asked()?;
            if reopen::readable(&self.0)? {
                return self.0.read(buf);
            }
        }
    }
}

/// Standard output, unbuffered, so that no error of a write is lost.
#[derive(Debug)]
pub(crate) struct Output {
    file: File,
    any_bytes: bool,
}

impl Write for Output {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        stop_if_asked()?;
        if !self.any_bytes && buf.iter().any(|&b| unprintable(b)) {
            return Err(Error::new(ErrorKind::Usage, "this is no text, and it does not go to a terminal")
                .hint("use > FILE, or --force")
                .into());
        }
        self.file.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Control bytes that no text holds. ESC is one of them: text that commands the terminal waits for
/// `--force` as well.
fn unprintable(byte: u8) -> bool {
    matches!(byte, 0..=6 | 0x0e..=0x1f | 0x7f)
}

#[cfg(unix)]
mod reopen {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsFd;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    pub(super) fn stdin() -> io::Result<File> {
        Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
    }

    pub(super) fn stdout() -> io::Result<File> {
        Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
    }

    /// Where it is a pipe, makes room for more than the usual 64 KiB, so that both sides wait and wake less often: a
    /// fifth of the time that writing a gigabyte takes. Elsewhere, and where the system has no more to give, nothing.
    pub(super) fn widen(file: &File) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let _ = rustix::pipe::fcntl_setpipe_size(file, 1 << 20);
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let _ = file;
    }

    /// Whether a read would return at once; waits a fifth of a second for it.
    pub(super) fn readable(file: &File) -> io::Result<bool> {
        let wait = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
        match poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&wait)) {
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }
}

#[cfg(windows)]
mod reopen {
    use std::fs::File;
    use std::io;
    use std::os::windows::io::AsHandle;

    pub(super) fn stdin() -> io::Result<File> {
        Ok(io::stdin().as_handle().try_clone_to_owned()?.into())
    }

    pub(super) fn stdout() -> io::Result<File> {
        Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
    }

    /// The system decides how much a pipe holds.
    pub(super) fn widen(_: &File) {}

    /// Ctrl-C ends the process, so a read may wait.
    pub(super) fn readable(_: &File) -> io::Result<bool> {
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_any_script_is_printable_and_escapes_are_not() {
        assert!(!"Unsaid, несказанное\t\r\n\u{c}".bytes().any(unprintable));
        assert!(unprintable(0x1b) && unprintable(0));
    }
}
