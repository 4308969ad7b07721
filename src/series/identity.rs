//! Who writes the commits, and when: found the way git finds it.

use super::environment::{Environment, Settings};
use super::error::{Error, ErrorKind, Result};

/// A name and an address, as git puts them into a commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Never empty, without line breaks and angle brackets.
    pub name: String,
    /// The same; without the angle brackets around it.
    pub email: String,
}

/// A moment with the zone it was written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Time {
    /// Seconds since 1970, at least 0.
    pub seconds: i64,
    /// Minutes east of Greenwich.
    pub offset_minutes: i32,
}

/// Author and committer of every commit of a series.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// Who the change is by.
    pub author: Person,
    /// When it was written.
    pub author_time: Time,
    /// Who makes the commits, and signs them off.
    pub committer: Person,
    /// When they were made.
    pub committer_time: Time,
}

impl Identity {
    /// Finds both from the environment and git's configuration.
    pub(super) fn find(environment: &Environment, settings: &Settings) -> Result<Self> {
        Ok(Self {
            author: person(environment, settings, "author")?,
            author_time: time(environment, "GIT_AUTHOR_DATE")?,
            committer: person(environment, settings, "committer")?,
            committer_time: time(environment, "GIT_COMMITTER_DATE")?,
        })
    }
}

impl std::fmt::Display for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}

impl Time {
    /// The zone as git and mail write it, for instance `+0200`.
    pub(super) fn zone(self) -> String {
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let minutes = self.offset_minutes.abs();
        format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
    }
}

fn person(environment: &Environment, settings: &Settings, role: &str) -> Result<Person> {
    let upper = role.to_ascii_uppercase();
    let find = |part: &str| -> Result<Option<String>> {
        let variable = format!("GIT_{upper}_{}", part.to_ascii_uppercase());
        if let Some(value) = environment.text(&variable)? {
            return Ok(Some(value.to_owned()));
        }
        match settings.get(&format!("{role}.{part}"))? {
            Some(value) => Ok(Some(value)),
            None => settings.get(&format!("user.{part}")),
        }
    };
    let name = find("name")?;
    let email = match find("email")? {
        Some(email) => Some(email),
        None => environment.text("EMAIL")?.map(str::to_owned),
    };
    Ok(Person {
        name: cleaned(name, role, "name", "Your Name")?,
        email: cleaned(email, role, "email", "you@example.org")?,
    })
}

/// Drops what git drops around and inside a name; what is left must not be empty.
fn cleaned(value: Option<String>, role: &str, part: &str, example: &str) -> Result<String> {
    let crud = |c: char| c <= ' ' || ",:;<>\"\\'".contains(c);
    let value = value.unwrap_or_default();
    let value: String = value
        .trim_matches(crud)
        .chars()
        .filter(|c| !matches!(c, '\n' | '<' | '>'))
        .collect();
    if value.is_empty() {
        return Err(Error::new(
            ErrorKind::Identity,
            format!("git does not know the {role}'s {part}"),
        )
        .help(format!("git config --global user.{part} \"{example}\"")));
    }
    if value.chars().any(char::is_control) {
        return Err(Error::new(
            ErrorKind::Identity,
            format!("the {role}'s {part} holds a control character, which no mail header may"),
        )
        .help(format!("git config --global user.{part} \"{example}\"")));
    }
    Ok(value)
}

/// git's own variable goes before `SOURCE_DATE_EPOCH`, because it says more.
fn time(environment: &Environment, variable: &str) -> Result<Time> {
    for name in [variable, "SOURCE_DATE_EPOCH"] {
        let Some(text) = environment.text(name)?.filter(|text| !text.is_empty()) else {
            continue;
        };
        let zone = if name == variable {
            environment.offset_minutes()
        } else {
            0
        };
        return parse_time(text.trim(), zone).ok_or_else(|| {
            Error::new(
                ErrorKind::Identity,
                format!("{name}={text:?} is no date that can be read"),
            )
            .help("write it as `@SECONDS +HHMM`, as `YYYY-MM-DDTHH:MM:SS+HHMM` or as mail does")
        });
    }
    Ok(Time {
        seconds: environment.now().max(0),
        offset_minutes: environment.offset_minutes(),
    })
}

/// Reads git's internal format, ISO 8601 and the format of mail.
///
/// A date without a zone is taken in the zone of now. (git takes the zone of that day, so the two
/// differ by summer time.)
fn parse_time(text: &str, zone: i32) -> Option<Time> {
    let time = internal(text, zone)
        .or_else(|| iso_8601(text, zone))
        .or_else(|| mail(text, zone))?;
    // The year has four digits in a mail header.
    (0..253_402_300_800).contains(&time.seconds).then_some(time)
}

fn internal(text: &str, zone: i32) -> Option<Time> {
    let (seconds, rest) = text
        .strip_prefix('@')
        .unwrap_or(text)
        .split_once(' ')
        .unwrap_or((text.strip_prefix('@').unwrap_or(text), ""));
    if seconds.is_empty() || !seconds.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(Time {
        seconds: seconds.parse().ok()?,
        offset_minutes: offset(rest, zone)?,
    })
}

fn iso_8601(text: &str, zone: i32) -> Option<Time> {
    let date = text.get(..10)?;
    let mut parts = date.split('-');
    let (year, month, day) = (
        number(parts.next()?, 4)?,
        number(parts.next()?, 2)?,
        number(parts.next()?, 2)?,
    );
    let rest = text.get(10..)?.strip_prefix(['T', ' '])?;
    at(year, month, day, rest, zone)
}

fn mail(text: &str, zone: i32) -> Option<Time> {
    let text = text.split_once(", ").map_or(text, |(_, rest)| rest);
    let mut words = text.splitn(4, ' ');
    let day = words.next()?;
    let day = number(day, day.len().clamp(1, 2))?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as i64 + 1;
    let year = number(words.next()?, 4)?;
    at(year, month, day, words.next()?, zone)
}

/// Adds a time of day and a zone, such as `12:30:00 +0200`, to a date.
fn at(year: i64, month: i64, day: i64, rest: &str, zone: i32) -> Option<Time> {
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.')
        .unwrap_or(rest.len());
    let (clock, rest) = rest.split_at(end);
    // git drops fractions of a second, too.
    let clock = clock.split_once('.').map_or(clock, |(clock, _)| clock);
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |text| number(text, 2))?;
    let fits =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !fits || parts.next().is_some() {
        return None;
    }
    let offset_minutes = offset(rest.trim_start(), zone)?;
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        - i64::from(offset_minutes) * 60;
    Some(Time {
        seconds,
        offset_minutes,
    })
}

fn offset(text: &str, zone: i32) -> Option<i32> {
    let text = text.trim();
    if text.is_empty() {
        return Some(zone);
    }
    if text == "Z" {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits.replacen(':', "", 1)),
        ("-", digits) => (-1, digits.replacen(':', "", 1)),
        _ => return None,
    };
    let value = number(&digits, 4)? as i32;
    (value % 100 < 60 && value <= 1400).then_some(sign * (value / 100 * 60 + value % 100))
}

fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

pub(super) const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Days since 1970-01-01 in the proleptic Gregorian calendar; a year starts in March here, so
/// that the leap day is its last one.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
pub(super) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_utc(text: &str) -> Option<(i64, i32)> {
        parse_time(text, 0).map(|time| (time.seconds, time.offset_minutes))
    }

    #[test]
    fn dates_are_read_as_git_reads_them() {
        let expected = Some((1_112_911_993, 120));
        assert_eq!(at_utc("1112911993 +0200"), expected);
        assert_eq!(at_utc("@1112911993 +0200"), expected);
        assert_eq!(at_utc("2005-04-08T00:13:13+0200"), expected);
        assert_eq!(at_utc("2005-04-08 00:13:13.5 +02:00"), expected);
        assert_eq!(at_utc("Fri, 8 Apr 2005 00:13:13 +0200"), expected);
        assert_eq!(at_utc("2005-04-07T22:13:13Z"), Some((1_112_911_993, 0)));
        assert_eq!(at_utc("@0"), Some((0, 0)));
        for wrong in [
            "",
            "@",
            "yesterday",
            "2005-13-01 00:00:00",
            "2005-04-08",
            "1 +9900",
            "1969-12-31T23:00:00Z",
            "99999999999999999999 +0000",
            "é005-04-08 00:00:00",
        ] {
            assert_eq!(at_utc(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_calendar_goes_there_and_back() {
        for days in (-200_000..3_000_000).step_by(17) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
        assert_eq!(civil_from_days(19_782), (2024, 2, 29));
    }

    #[test]
    fn names_lose_what_git_drops() {
        let clean = |text: &str| cleaned(Some(text.into()), "author", "name", "x");
        assert_eq!(clean(" \"O'Neil, <Jr.>\" ;").unwrap(), "O'Neil, Jr.");
        assert_eq!(clean("A\nCc: evil").unwrap(), "ACc: evil");
        assert!(clean("A\rB").unwrap_err().message.contains("control"));
        assert!(clean(" <>").unwrap_err().help.unwrap().contains("git config"));
    }
}
