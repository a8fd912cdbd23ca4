//! Signals: the first asks the work to stop, the second ends the process at once.
//!
//! A handler only sets a flag. The work learns of it at its next step of progress, returns
//! [`ErrorKind::Interrupted`](unsaid_core::ErrorKind::Interrupted), and everything unfinished is
//! removed on the way out, as after any other error.

#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::unix::fs::FileTypeExt;
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, LazyLock};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGXFSZ};
    use signal_hook::flag;

    /// The number of the signal that asked us to stop; 0 is none.
    static STOP: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);
    /// The next signal ends the process at once.
    static ARMED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
    /// SIGUSR1 came: one line of progress is wanted.
    static WANTS_LINE: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

    /// Starts to listen.
    pub(crate) fn install() -> io::Result<()> {
        let ignored = ignored_from_the_start();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // `nohup` and a shell's background jobs start us with these ignored: they stay so.
            if ignored & (1 << (signal - 1)) != 0 {
                continue;
            }
            // Actions run in this order: only a signal after the first finds the process armed.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&ARMED))?;
            flag::register(signal, Arc::clone(&ARMED))?;
            flag::register_usize(signal, Arc::clone(&STOP), signal.unsigned_abs() as usize)?;
        }
        flag::register(SIGUSR1, Arc::clone(&WANTS_LINE))?;
        // The default action of SIGXFSZ kills; handled, the write that caused it fails with EFBIG.
        flag::register(SIGXFSZ, Arc::default())?;
        Ok(())
    }

    /// While a named pipe is packed the first signal ends the process: opening it waits for a writer,
    /// and nobody asks for progress meanwhile. Nothing for any other path.
    pub(crate) fn wait_for_writer(path: &Path) -> Option<Armed> {
        let is_pipe = std::fs::metadata(path).is_ok_and(|m| m.file_type().is_fifo());
        is_pipe.then(|| {
            ARMED.store(true, Ordering::SeqCst);
            Armed
        })
    }

    /// The next signal ends the process at once, as long as this lives.
    #[derive(Debug)]
    pub(crate) struct Armed;

    impl Drop for Armed {
        fn drop(&mut self) {
            ARMED.store(pending().is_some(), Ordering::SeqCst);
        }
    }

    /// The signal that asked us to stop.
    pub(crate) fn pending() -> Option<u8> {
        u8::try_from(STOP.load(Ordering::Relaxed)).ok().filter(|&n| n != 0)
    }

    /// Stops the work as SIGPIPE would: nobody reads what we say.
    pub(crate) fn stop_for_broken_pipe() {
        let _ = STOP.compare_exchange(0, 13, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Whether a line of progress was asked for since the last call.
    pub(crate) fn wants_line() -> bool {
        WANTS_LINE.swap(false, Ordering::Relaxed)
    }

    /// The mask of signals ignored since before we started, where the system tells it.
    fn ignored_from_the_start() -> u64 {
        let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return 0 };
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0)
    }
}

#[cfg(not(unix))]
pub(crate) use elsewhere::*;

#[cfg(not(unix))]
mod elsewhere {
    use std::sync::atomic::{AtomicBool, Ordering};

    static STOP: AtomicBool = AtomicBool::new(false);

    /// Ctrl-C ends the process; what is unfinished has no final name yet.
    pub(crate) fn install() -> std::io::Result<()> {
        Ok(())
    }

    /// There are no named pipes among the paths of other systems.
    pub(crate) fn wait_for_writer(_: &std::path::Path) -> Option<()> {
        None
    }

    pub(crate) fn pending() -> Option<u8> {
        STOP.load(Ordering::Relaxed).then_some(13)
    }

    pub(crate) fn stop_for_broken_pipe() {
        STOP.store(true, Ordering::Relaxed);
    }

    pub(crate) fn wants_line() -> bool {
        false
    }
}
