# Lintel: one file builds everything.
#
#   make               build/lintel and build/practice-lms
#   make demo          a practice school to walk around in, on this machine
#   make check         every test; last line "N passed, N failed"
#   make san           the whole suite, browser and kill -9 run included, under ASan and UBSan
#   make fuzz          every fuzz target with libFuzzer, SECONDS=60 each; TARGET=jwt for one
#   make crash         the long kill -9 campaign, KILLS=2000
#   make bench         what launches and pages cost, on both engines
#   make conformance   docs/lti-conformance.md, from what the launch cases come to
#   make coverage      which lines the tests ran, by folder
#   make install       program, libraries, headers, unit; prefix=/usr/local, DESTDIR=
#   make deb           build/lintel_VERSION_ARCH.deb
#   make moodle-plugin build/ltisource_lintel-VERSION.zip, which tells Lintel who is whose parent
#   make deps          installs what building and testing need (Debian 12)
#   make clean         removes build/
#
# Knobs: DEVELOPER=1 (warnings are errors), SANITIZE=address,undefined, COVERAGE=1.

B := build
CC ?= cc
HOSTCC ?= $(CC)
VERSION := 0.1.0

# ---- knobs ----------------------------------------------------------------

ifdef SANITIZE
B := build/san
SANFLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
FORTIFY :=
else
FORTIFY := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif
ifdef COVERAGE
B := build/cov
COVFLAGS := --coverage -fprofile-update=atomic
endif
ifdef FUZZ
B := build/fuzz
override CC := clang
SANFLAGS := -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -D__SANITIZE_ADDRESS__=1
FORTIFY :=
endif
ifdef DEVELOPER
WERROR := -Werror
endif

WARN := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wundef $(WERROR)
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr -fPIE $(FORTIFY)
ifdef FUZZ		# clang 14 lacks some of them, and the sanitizer replaces the rest
HARDEN := -fPIE
endif
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen,-z,separate-code

PKGS := libmicrohttpd libxml-2.0 sqlite3 icu-i18n icu-uc jansson libcrypto libqrencode libzip libseccomp
# headers only: loaded with their first use (base/lazy.h)
PKGS_LAZY := libcurl libpq
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) $(PKGS_LAZY) 2>/dev/null)
PKG_LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -ljwt -lpthread -lm

CPPFLAGS += -Iinclude -I$(B) -I$(B)/gen -D_GNU_SOURCE -DLINTEL_VERSION='"$(VERSION)"'
CFLAGS ?= $(if $(SANITIZE)$(FUZZ),-O1,-O2) -g
ALLCFLAGS = -std=c17 $(CFLAGS) $(WARN) $(HARDEN) $(SANFLAGS) $(COVFLAGS) $(CPPFLAGS) $(PKG_CFLAGS)
ALLLDFLAGS = $(LDHARDEN) $(SANFLAGS) $(COVFLAGS) $(LDFLAGS)

# ---- what there is --------------------------------------------------------

LTI_SRC := $(wildcard lti/*.c)
XML_SRC := $(wildcard xml/*.c)
GW_SRC := $(filter-out gateway/main.c,$(wildcard gateway/*/*.c gateway/app/*/*.c))
GW_SRC := $(filter-out gateway/tools/%,$(GW_SRC))
PRACTICE_SRC := $(wildcard tests/practice/*.c)
UNIT_SRC := $(wildcard tests/unit/*.c)
STORE_SRC := $(wildcard tests/store/*.c)
HTTP_SRC := $(wildcard tests/http/*.c)
KIT_SRC := $(wildcard tests/kit/*.c)
KIT_HTTP_SRC := $(wildcard tests/kit/http/*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
BENCH_SRC := $(wildcard tests/bench/*.c)
APP_HTML := $(wildcard gateway/app/*/*.html)
VIEW_HTML := $(wildcard gateway/view/*.html)
TEST_HTML := $(wildcard tests/unit/*.html)
CATALOGUES := $(wildcard gateway/i18n/cat/*/*.cat)
STATICS := $(wildcard gateway/static/*)
MIGRATIONS := $(sort $(wildcard gateway/store/migrations/*.sql))

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
bin = $(patsubst %.c,$(B)/%,$(1))

GEN_TPL := $(patsubst gateway/app/%.html,$(B)/gen/tpl/%.h,$(APP_HTML)) \
	$(patsubst gateway/view/%.html,$(B)/gen/tpl/view/%.h,$(VIEW_HTML)) \
	$(patsubst tests/unit/%.html,$(B)/gen/tpl/test/%.h,$(TEST_HTML))
GEN_H := $(B)/gen/msg.h $(GEN_TPL)
GEN_C := $(B)/gen/msg.c $(if $(wildcard gateway/tools/embedc.c),$(B)/gen/static.c $(B)/gen/migrations.c)
GEN_OBJ := $(patsubst $(B)/gen/%.c,$(B)/obj/gen/%.o,$(GEN_C))

LIBLTI := $(B)/liblintel-lti.a
LIBXML := $(B)/liblintel-xml.a
LIBGW := $(B)/liblintel-gw.a
LIBKIT := $(B)/libkit.a
LIBKIT_HTTP := $(B)/libkit-http.a

# A program is built once its source is there.
all: $(if $(wildcard gateway/main.c),$(B)/lintel) $(if $(PRACTICE_SRC),$(B)/practice-lms)

.PHONY: all help check san demo bench fuzz crash coverage conformance deb moodle-plugin install \
	install-program \
	install-library clean tests fuzzers deps
.DELETE_ON_ERROR:
.SECONDARY:

# ---- host tools and generated sources -------------------------------------

$(B)/host/%: gateway/tools/%.c $(wildcard include/base/*.h)
	@mkdir -p $(@D)
	$(HOSTCC) -std=c17 -O1 -g $(WARN) -Iinclude -D_GNU_SOURCE -o $@ $(filter %.c,$^)

$(B)/host/tplc: gateway/tools/tplc_html.c gateway/tools/tplc.h gateway/tools/text.h
$(B)/host/catc: gateway/tools/text.h

$(B)/gen/msg.h $(B)/gen/msg.c &: $(B)/host/catc $(CATALOGUES)
	@mkdir -p $(B)/gen
	$(B)/host/catc $(B)/gen/msg.h $(B)/gen/msg.c gateway/i18n/cat

$(B)/gen/tpl/view/%.h: gateway/view/%.html $(B)/host/tplc
	@mkdir -p $(@D)
	$(B)/host/tplc $< $@

$(B)/gen/tpl/test/%.h: tests/unit/%.html $(B)/host/tplc
	@mkdir -p $(@D)
	$(B)/host/tplc $< $@

$(B)/gen/tpl/%.h: gateway/app/%.html $(B)/host/tplc
	@mkdir -p $(@D)
	$(B)/host/tplc $< $@

$(B)/gen/static.c: $(B)/host/embedc $(STATICS)
	@mkdir -p $(@D)
	$(B)/host/embedc static $@ $(STATICS)

$(B)/gen/migrations.c: $(B)/host/embedc $(MIGRATIONS)
	@mkdir -p $(@D)
	$(B)/host/embedc migrations $@ $(MIGRATIONS)

# ---- objects, libraries, programs -----------------------------------------

$(B)/obj/lti/%.o $(B)/obj/xml/%.o: WARN += -Wconversion

$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(CC) $(ALLCFLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/gateway/%.o: gateway/%.c | $(GEN_H)
	@mkdir -p $(@D)
	$(CC) $(ALLCFLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/%.o: %.c | $(GEN_H)
	@mkdir -p $(@D)
	$(CC) $(ALLCFLAGS) -Itests -MMD -MP -c -o $@ $<

$(LIBLTI): $(call obj,$(LTI_SRC))
$(LIBXML): $(call obj,$(XML_SRC))
$(LIBGW): $(call obj,$(GW_SRC)) $(GEN_OBJ)
$(LIBKIT): $(call obj,$(KIT_SRC))
$(LIBKIT_HTTP): $(call obj,$(KIT_HTTP_SRC))
$(B)/%.a:
	rm -f $@ && ar rcs $@ $^

LIBS = $(LIBGW) $(LIBLTI) $(LIBXML)

$(B)/lintel: $(call obj,gateway/main.c) $(LIBS)
	$(CC) $(ALLLDFLAGS) -o $@ $(call obj,gateway/main.c) $(LIBS) $(LIBGW) $(PKG_LIBS)

$(B)/practice-lms: $(call obj,$(PRACTICE_SRC))
	$(CC) $(ALLLDFLAGS) -o $@ $^ $(PKG_LIBS) -lcurl

# What tests share stands before the libraries: the fakes of tests/kit/http replace real functions.
TEST_BIN := $(call bin,$(UNIT_SRC) $(STORE_SRC) $(HTTP_SRC) $(if $(SANITIZE)$(COVERAGE),,$(BENCH_SRC)))

$(TEST_BIN): $(B)/%: $(B)/obj/%.o $(LIBKIT) $(LIBS)
	@mkdir -p $(@D)
	$(CC) $(ALLLDFLAGS) -o $@ $< $(FAKES) $(LIBKIT) $(LIBS) $(LIBGW) $(PKG_LIBS)

$(call bin,$(HTTP_SRC)) $(B)/tests/bench/http: FAKES := $(LIBKIT_HTTP)
$(call bin,$(HTTP_SRC)) $(B)/tests/bench/http: $(LIBKIT_HTTP)

# A fuzz target is a corpus replayer here; `make fuzz` builds it with libFuzzer.
FUZZ_BIN := $(call bin,$(FUZZ_SRC))
FUZZ_MAIN := $(if $(FUZZ),,$(B)/obj/tests/fuzz/replay.o)

$(FUZZ_BIN): $(B)/%: $(B)/obj/%.o $(FUZZ_MAIN) $(LIBKIT) $(LIBS)
	@mkdir -p $(@D)
	$(CC) $(ALLLDFLAGS) $(if $(FUZZ),-fsanitize=fuzzer) -o $@ $< $(FUZZ_MAIN) $(LIBKIT) $(LIBS) $(LIBGW) $(PKG_LIBS)

fuzzers: $(FUZZ_BIN)

tests: $(TEST_BIN) $(FUZZ_BIN)

# ---- what people call -----------------------------------------------------

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

deps:
	@tests/deps.sh

check: deps
	@tests/check.sh

san: deps
	@SAN_SUITES="$(or $(SUITES),unit store http fuzz browser crash)" bash tests/san/suite.sh

demo: deps
	@tests/demo.sh

bench: deps
	@tests/bench/run.sh

fuzz:
	@tests/deps.sh fuzz
	@FUZZ_SECONDS="$(or $(SECONDS),60)" bash tests/fuzz/run.sh $(TARGET)

# The long campaign; `make check` runs a slice of it.
crash: deps all
	@KILLS=$${KILLS:-2000} SUITE_TIMEOUT=86400 bash tests/crash/kill.sh

coverage: deps
	@bash tests/coverage.sh

conformance: all $(B)/tests/unit/lti_ags
	@node tests/http/lti_conformance.mjs --write

# ---- what goes elsewhere --------------------------------------------------

prefix ?= /usr/local
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
docdir ?= $(prefix)/share/doc/lintel
unitdir ?= $(prefix)/lib/systemd/system
INSTALL ?= install

FACES := $(foreach d,base lti xml,$(wildcard include/$(d)/*.h include/$(d)/*.def))
PLACES = sed -e 's|@prefix@|$(prefix)|' -e 's|@bindir@|$(bindir)|' -e 's|@libdir@|$(libdir)|' \
	-e 's|@includedir@|$(includedir)|' -e 's|@docdir@|$(docdir)|' -e 's|@version@|$(VERSION)|'

install: install-program install-library

install-program: $(B)/lintel
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(unitdir) $(DESTDIR)$(docdir)
	$(INSTALL) -m 755 $(B)/lintel $(DESTDIR)$(bindir)/lintel
	for u in service socket; do \
		$(PLACES) deploy/systemd/lintel.$$u >$(DESTDIR)$(unitdir)/lintel.$$u && \
		chmod 644 $(DESTDIR)$(unitdir)/lintel.$$u || exit 1; done
	$(INSTALL) -m 644 LICENSE README.md deploy/lintel.conf.example deploy/nginx/lintel.nginx \
		deploy/haproxy/lintel.haproxy $(DESTDIR)$(docdir)

# Inside the installed headers "base/err.h" becomes "lintel/base/err.h".
install-library: $(LIBLTI) $(LIBXML)
	$(INSTALL) -d $(DESTDIR)$(libdir)/pkgconfig \
		$(foreach d,base lti xml,$(DESTDIR)$(includedir)/lintel/$(d))
	$(INSTALL) -m 644 $(LIBLTI) $(LIBXML) $(DESTDIR)$(libdir)
	for f in $(FACES:include/%=%); do \
		sed -E 's,^(#[[:space:]]*include ")(base|lti|xml)/,\1lintel/\2/,' include/$$f \
			>$(DESTDIR)$(includedir)/lintel/$$f && \
		chmod 644 $(DESTDIR)$(includedir)/lintel/$$f || exit 1; done
	for l in lti xml; do \
		$(PLACES) deploy/pkgconfig/lintel-$$l.pc.in >$(DESTDIR)$(libdir)/pkgconfig/lintel-$$l.pc && \
		chmod 644 $(DESTDIR)$(libdir)/pkgconfig/lintel-$$l.pc || exit 1; done

# Moodle unpacks one folder that has the plugin's short name. The same tree gives the same bytes.
PLUGIN := deploy/moodle/ltisource_lintel
PLUGIN_ZIP = $(B)/ltisource_lintel-$(shell sed -n "s/.*release = '\(.*\)';/\1/p" $(PLUGIN)/version.php).zip

moodle-plugin:
	@rm -rf $(B)/moodle $(PLUGIN_ZIP) && mkdir -p $(B)/moodle && cp -r $(PLUGIN) $(B)/moodle/lintel
	@cd $(B)/moodle && find lintel -type f -exec chmod 644 {} + -exec touch -d 2026-01-01T00:00:00Z {} + && \
		find lintel -type f | LC_ALL=C sort | TZ=UTC zip -qX9 ../$(notdir $(PLUGIN_ZIP)) -@
	@echo $(PLUGIN_ZIP)

deb: $(B)/lintel
	@B="$(B)" VERSION="$(VERSION)" bash deploy/debian/build.sh

clean:
	rm -rf build

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
