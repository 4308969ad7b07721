//! What C looks like before the preprocessor. Parsing never fails: what does not fit becomes an opaque node.
//!
//! The grammar looks ahead, in constant time thanks to the bracket mates, instead of trying alternatives, so that it
//! takes linear time; where C needs to know whether a name is a type, the tokens around usually tell, and
//! [`Names`](super::names::Names) is asked for the rest.

mod arguments;
mod declarations;
mod expressions;
mod items;
pub(super) mod pattern;
mod specifiers;
mod statements;
mod types;

pub(super) use items::source_file;

use super::kind::SyntaxKind::*;
use super::parser::Parser;

/// The body of a `#define`: elements of an initializer, an expression, a list, else statements, else opaque.
pub(super) fn macro_body(p: &mut Parser) {
    if declarations::holds_elements(p) {
        declarations::initializer_elements(p);
        return;
    }
    let start = p.checkpoint();
    if !p.current().starts_declaration() || p.current() == KwExtension {
        expressions::expression(p);
        if p.at_end() && !p.has_failed() {
            return;
        }
        p.restore(start);
        // `X(a), X(b),`: the macro's user goes on with the list.
        if arguments::holds_list(p) {
            arguments::list(p);
            return;
        }
    }
    statements::statements(p);
}

/// What an inactive branch inside of a function or a list holds.
///
/// It may begin in the middle of a construct, with `}` or `else`, and end in one, behind a `{`.
pub(super) fn fragment(p: &mut Parser) {
    while p.is_at(RBrace) {
        p.bump();
    }
    if arguments::holds_list(p) {
        arguments::list(p);
        return;
    }
    p.eat(KwElse);
    statements::statements(p);
}
