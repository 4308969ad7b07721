//! `%` and `.format()`.

use super::error::{Result, fault, raised};
use super::value::Value;

/// No field gets wider.
const MAX_WIDTH: usize = 10_000;

/// `format % values`.
pub(super) fn percent(format: &str, values: &Value) -> Result<String> {
    let single = [values.clone()];
    let list: &[Value] = match values {
        Value::Tuple(list) => &list.0,
        _ => &single,
    };
    let mut used = 0;
    let mut by_name = false;
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let mut value = None;
        if let Some(named) = rest.strip_prefix('(') {
            let Some((name, behind)) = named.split_once(')') else {
                return Err(raised("ValueError", "incomplete format key"));
            };
            let Value::Dict(table) = values else {
                return Err(raised("TypeError", "format requires a mapping"));
            };
            let found = table.borrow().get(&Value::str(name))?.cloned();
            value = Some(found.ok_or_else(|| raised("KeyError", format!("'{name}'")))?);
            by_name = true;
            rest = behind;
        }
        let flags: &str = &rest[..rest.len() - rest.trim_start_matches(['-', '+', ' ', '0', '#']).len()];
        rest = &rest[flags.len()..];
        let digits: &str = &rest[..rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len()];
        rest = &rest[digits.len()..];
        let mut precision = None;
        if let Some(behind) = rest.strip_prefix('.') {
            let digits =
                &behind[..behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_digit()).len()];
            precision = Some(digits.parse::<usize>().unwrap_or(0).min(MAX_WIDTH));
            rest = &behind[digits.len()..];
        }
        let Some(conversion) = rest.chars().next() else {
            return Err(raised("ValueError", "incomplete format"));
        };
        rest = &rest[conversion.len_utf8()..];
        if conversion == '%' {
            out.push('%');
            continue;
        }
        let value = match value {
            Some(value) => value,
            None => {
                used += 1;
                let value = list.get(used - 1).cloned();
                value.ok_or_else(|| raised("TypeError", "not enough arguments for format string"))?
            }
        };
        let width = digits.parse::<usize>().unwrap_or(0);
        if width > MAX_WIDTH {
            return Err(fault("a field of the format is too wide"));
        }
        let text = converted(conversion, &value, precision, flags)?;
        let left = flags.contains('-');
        let zero = flags.contains('0') && !left && !matches!(conversion, 's' | 'r' | 'c');
        pad(
            &mut out,
            &text,
            width,
            if left { '<' } else { '>' },
            if zero { '0' } else { ' ' },
        );
    }
    out.push_str(rest);
    if !by_name && used < list.len() && !matches!(values, Value::Dict(_) | Value::List(_)) {
        return Err(raised(
            "TypeError",
            "not all arguments converted during string formatting",
        ));
    }
    Ok(out)
}

fn converted(conversion: char, value: &Value, precision: Option<usize>, flags: &str) -> Result<String> {
    let whole = || match value {
        Value::Float(number) => Ok(*number as i128),
        other => other.int().ok_or_else(|| {
            let message = format!(
                "%{conversion} format: a number is required, not {}",
                other.class()
            );
            raised("TypeError", message)
        }),
    };
    let signed = |text: String| {
        if flags.contains('+') && !text.starts_with('-') {
            format!("+{text}")
        } else {
            text
        }
    };
    let based = |number: i128, digits: String| if number < 0 { format!("-{digits}") } else { digits };
    Ok(match conversion {
        's' | 'r' => {
            let text = if conversion == 's' {
                value.text()?
            } else {
                value.repr()?
            };
            match precision {
                Some(most) => text.chars().take(most).collect(),
                None => text,
            }
        }
        'd' | 'i' | 'u' => signed(whole()?.to_string()),
        'x' => whole().map(|number| based(number, format!("{:x}", number.unsigned_abs())))?,
        'X' => whole().map(|number| based(number, format!("{:X}", number.unsigned_abs())))?,
        'o' => whole().map(|number| based(number, format!("{:o}", number.unsigned_abs())))?,
        'c' => match value {
            Value::Str(text) => text.to_string(),
            _ => u32::try_from(whole()?)
                .ok()
                .and_then(char::from_u32)
                .map_or_else(String::new, String::from),
        },
        'f' | 'F' => {
            let number = match value {
                Value::Float(number) => *number,
                _ => whole()? as f64,
            };
            signed(format!("{number:.*}", precision.unwrap_or(6)))
        }
        other => {
            return Err(fault(format!(
                "the format `%{other}` is not supported in scripts"
            )));
        }
    })
}

fn pad(out: &mut String, text: &str, width: usize, align: char, fill: char) {
    let missing = width.saturating_sub(text.chars().count());
    let (before, after) = match align {
        '<' => (0, missing),
        '^' => (missing / 2, missing - missing / 2),
        _ => (missing, 0),
    };
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) if fill == '0' => ("-", digits),
        _ => ("", text),
    };
    out.push_str(sign);
    out.extend(std::iter::repeat_n(fill, before));
    out.push_str(digits);
    out.extend(std::iter::repeat_n(fill, after));
}

/// A value with a format such as `>8` or `02x`.
pub(super) fn with_spec(value: &Value, spec: &str) -> Result<String> {
    if spec.is_empty() {
        return value.text();
    }
    let chars: Vec<char> = spec.chars().collect();
    let is_align = |c: Option<&char>| c.is_some_and(|c| matches!(c, '<' | '>' | '^'));
    let (mut fill, mut align, mut at) = (' ', None, 0);
    if is_align(chars.get(1)) {
        fill = chars[0];
        align = chars.get(1).copied();
        at = 2;
    } else if is_align(chars.first()) {
        align = chars.first().copied();
        at = 1;
    }
    if chars.get(at) == Some(&'0') && align.is_none() {
        fill = '0';
        align = Some('>');
    }
    let digits: String = chars[at..].iter().take_while(|c| c.is_ascii_digit()).collect();
    at += digits.len();
    let mut precision = None;
    if chars.get(at) == Some(&'.') {
        let digits: String = chars[at + 1..]
            .iter()
            .take_while(|c| c.is_ascii_digit())
            .collect();
        precision = digits.parse::<usize>().ok().map(|most| most.min(MAX_WIDTH));
        at += 1 + digits.len();
    }
    let is_text = matches!(value, Value::Str(_));
    let conversion = match chars.get(at) {
        Some(conversion) => *conversion,
        None if is_text => 's',
        None if value.int().is_some() => 'd',
        None => 's',
    };
    let width = digits.parse::<usize>().unwrap_or(0);
    if width > MAX_WIDTH || chars.len() > at + 1 {
        return Err(fault(format!("the format `{spec}` is not supported in scripts")));
    }
    let text = converted(conversion, value, precision, "")?;
    let mut out = String::new();
    pad(
        &mut out,
        &text,
        width,
        align.unwrap_or(if is_text { '<' } else { '>' }),
        fill,
    );
    Ok(out)
}

/// `format.format(…)`.
pub(super) fn braces(format: &str, values: &[Value], named: &[(String, Value)]) -> Result<String> {
    let mut out = String::new();
    let mut rest = format;
    let mut next = 0;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if rest.starts_with(brace) {
            out.push_str(brace);
            rest = &rest[1..];
            continue;
        }
        let end = (brace == "{").then(|| rest.find('}')).flatten();
        let Some(end) = end else {
            return Err(raised("ValueError", "the braces of the format are not balanced"));
        };
        let field = &rest[..end];
        rest = &rest[end + 1..];
        let (name, spec) = field.split_once(':').unwrap_or((field, ""));
        let (name, quoted) = match name.strip_suffix("!r") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let value = if name.is_empty() {
            next += 1;
            values.get(next - 1)
        } else if let Ok(index) = name.parse::<usize>() {
            values.get(index)
        } else {
            named
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value)
        };
        let value =
            value.ok_or_else(|| raised("IndexError", format!("no value for the field `{{{name}}}`")))?;
        if quoted {
            out.push_str(&value.repr()?);
        } else {
            out.push_str(&with_spec(value, spec)?);
        }
        if out.len() > super::value::MAX_TEXT {
            return Err(fault("a string of the script gets longer than 1 MiB"));
        }
    }
    out.push_str(rest);
    Ok(out)
}
