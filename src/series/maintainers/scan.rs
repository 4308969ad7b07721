//! A scanner for addresses by RFC 822, each byte looked at a few times at most.

/// Goes over a text; what does not match leaves the place as it was.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// A mailbox or a group, with the white space around it.
    pub(super) fn address(&mut self) -> bool {
        self.attempt(|this| {
            this.space();
            this.mailbox() || this.group()
        })
    }

    pub(super) fn byte(&mut self, byte: u8) -> bool {
        let found = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn attempt(&mut self, rule: impl FnOnce(&mut Self) -> bool) -> bool {
        let start = self.at;
        let matched = rule(self);
        if !matched {
            self.at = start;
        }
        matched
    }

    fn space(&mut self) -> bool {
        let start = self.at;
        loop {
            if matches!(self.text.get(self.at), Some(b' ' | b'\t')) {
                self.at += 1;
            } else if self.text[self.at..].starts_with(b"\r\n")
                && matches!(self.text.get(self.at + 2), Some(b' ' | b'\t'))
            {
                self.at += 3;
            } else {
                return self.at > start;
            }
        }
    }

    /// `a@b`, or words and `<a@b>`.
    fn mailbox(&mut self) -> bool {
        self.attempt(Self::plain_address)
            || self.attempt(|this| {
                while this.word() {}
                this.in_brackets()
            })
    }

    fn plain_address(&mut self) -> bool {
        self.dotted(Self::word) && self.byte(b'@') && {
            self.space();
            self.domain()
        }
    }

    fn in_brackets(&mut self) -> bool {
        if !self.byte(b'<') {
            return false;
        }
        self.space();
        // A route, such as `@a,@b:`.
        self.attempt(|this| {
            while this.byte(b'@') {
                if !this.domain() {
                    return false;
                }
                if this.byte(b':') {
                    this.space();
                    return true;
                }
                if !this.byte(b',') {
                    return false;
                }
            }
            false
        });
        if !self.plain_address() || !self.byte(b'>') {
            return false;
        }
        self.space();
        true
    }

    /// `words: mailbox, mailbox;`
    fn group(&mut self) -> bool {
        self.attempt(|this| {
            while this.word() {}
            if !this.byte(b':') {
                return false;
            }
            this.space();
            if this.mailbox() {
                while this.byte(b',') {
                    this.white();
                    if !this.mailbox() {
                        return false;
                    }
                }
            }
            this.byte(b';') && {
                this.white();
                true
            }
        })
    }

    fn white(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn domain(&mut self) -> bool {
        self.dotted(|this| this.atom() || this.literal_domain())
    }

    fn dotted(&mut self, part: impl Fn(&mut Self) -> bool) -> bool {
        if !part(self) {
            return false;
        }
        while self.attempt(|this| {
            this.byte(b'.') && {
                this.space();
                part(this)
            }
        }) {}
        true
    }

    fn word(&mut self) -> bool {
        self.atom() || self.quoted()
    }

    /// Ends with white space, a special character or the text.
    fn atom(&mut self) -> bool {
        self.attempt(|this| {
            let start = this.at;
            while this.text.get(this.at).is_some_and(|byte| is_atom(*byte)) {
                this.at += 1;
            }
            if this.at == start {
                return false;
            }
            match this.text.get(this.at) {
                None => true,
                Some(byte) if b"()<>@,;:\\\".[]".contains(byte) => true,
                Some(_) => this.space(),
            }
        })
    }

    fn quoted(&mut self) -> bool {
        self.between(b'"', b'"', |byte| byte != b'\r')
    }

    fn literal_domain(&mut self) -> bool {
        self.between(b'[', b']', |byte| byte != b'[' && byte != b'\r')
    }

    fn between(&mut self, open: u8, close: u8, allowed: impl Fn(u8) -> bool) -> bool {
        self.attempt(|this| {
            if !this.byte(open) {
                return false;
            }
            while let Some(&byte) = this.text.get(this.at) {
                this.at += 1;
                if byte == close {
                    this.space();
                    return true;
                }
                if byte == b'\\' {
                    this.at += 1;
                } else if !allowed(byte) {
                    return false;
                }
            }
            false
        })
    }
}

fn is_atom(byte: u8) -> bool {
    byte > b' ' && byte != 0x7f && !b"()<>@,;:\\\".[]".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_address(text: &str) -> bool {
        let mut scanner = Scanner::new(text.as_bytes());
        scanner.address() && scanner.is_at_end()
    }

    #[test]
    fn addresses_are_told_from_other_text() {
        for yes in [
            "a@b",
            "a.b@c.d ",
            " A B <a@b.c>",
            "\"A, B\" <a@[1.2.3.4]>",
            "<@x,@y:a@b>",
            "team: a@b, C <c@d>;",
            "none:;",
            "Zoë <z@x.y>",
        ] {
            assert!(is_address(yes), "{yes}");
        }
        for no in [
            "",
            "a",
            "A. B <a@b>",
            "A <a@b",
            "a@b c",
            "a@",
            "\"a@b",
            "a@b\u{1}",
            "\\",
        ] {
            assert!(!is_address(no), "{no}");
        }
    }

    #[test]
    fn a_backslash_at_the_end_does_not_run_past_it() {
        assert!(!is_address("\"a\\"));
        assert!(!is_address("a@[b\\"));
    }
}
