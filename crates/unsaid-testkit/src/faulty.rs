//! Readers and writers that do what real ones do on a bad day.

use std::io::{self, ErrorKind, Read, Write};

/// What happens at the chosen call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call fails with this kind, and so does every later one.
    Fail(ErrorKind),
    /// The reader ends, or the writer takes nothing more.
    End,
}

/// Gives the bytes in pieces of `step`, with `Interrupted` before each, and a [`Fault`] at a call.
#[derive(Debug)]
pub struct FaultyReader<R> {
    inner: R,
    step: usize,
    calls: usize,
    fault: Option<(usize, Fault)>,
    interrupt: bool,
}

impl<R: Read> FaultyReader<R> {
    /// Reads at most `step` bytes a call.
    pub fn in_steps(inner: R, step: usize) -> Self {
        FaultyReader { inner, step, calls: 0, fault: None, interrupt: true }
    }

    /// Adds a fault at the call with this number, counted from 0.
    #[must_use]
    pub fn fault_at(mut self, call: usize, fault: Fault) -> Self {
        self.fault = Some((call, fault));
        self
    }
}

impl<R: Read> Read for FaultyReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if !self.interrupt {
            return Err(ErrorKind::Interrupted.into());
        }
        let call = self.calls;
        self.calls += 1;
        match self.fault {
            Some((at, Fault::Fail(kind))) if call >= at => Err(kind.into()),
            Some((at, Fault::End)) if call >= at => Ok(0),
            _ => {
                let n = buffer.len().min(self.step);
                self.inner.read(&mut buffer[..n])
            }
        }
    }
}

/// Takes the bytes in pieces of `step`, with `Interrupted` before each, and a [`Fault`] at a call.
#[derive(Debug)]
pub struct FaultyWriter<W> {
    inner: W,
    step: usize,
    calls: usize,
    fault: Option<(usize, Fault)>,
    interrupt: bool,
}

impl<W: Write> FaultyWriter<W> {
    /// Takes at most `step` bytes a call.
    pub fn in_steps(inner: W, step: usize) -> Self {
        FaultyWriter { inner, step, calls: 0, fault: None, interrupt: true }
    }

    /// Adds a fault at the call (of `write` or `flush`) with this number, counted from 0.
    #[must_use]
    pub fn fault_at(mut self, call: usize, fault: Fault) -> Self {
        self.fault = Some((call, fault));
        self
    }

    /// How many calls were made, so that a sweep knows where to end.
    pub fn calls(&self) -> usize {
        self.calls
    }

    /// What was written to.
    pub fn into_inner(self) -> W {
        self.inner
    }

    fn fault(&mut self) -> Option<Fault> {
        let call = self.calls;
        self.calls += 1;
        self.fault.and_then(|(at, fault)| (call >= at).then_some(fault))
    }
}

impl<W: Write> Write for FaultyWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if !self.interrupt {
            return Err(ErrorKind::Interrupted.into());
        }
        match self.fault() {
            Some(Fault::Fail(kind)) => Err(kind.into()),
            Some(Fault::End) => Ok(0),
            None => self.inner.write(&bytes[..bytes.len().min(self.step)]),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.fault() {
            Some(Fault::Fail(kind)) => Err(kind.into()),
            _ => self.inner.flush(),
        }
    }
}
