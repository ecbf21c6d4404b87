//! Names that people go by on the net: handles, user names, and addresses of mail that are spelled out.

use super::Search;
use super::word::{FACILITY_WORD, OUR};
use crate::screen::text::{Kind, List};
use crate::screen::{Class, Standing};

/// Where people have handles.
const NETS: List = List::of(&[
    "insta",
    "instagram",
    "ig",
    "twitter",
    "tiktok",
    "snap",
    "snapchat",
    "facebook",
    "fb",
    "telegram",
    "discord",
    "handle",
    "threads",
    "bluesky",
    "youtube",
    "tumblr",
    "reddit",
    "linkedin",
    "twitch",
    "steam",
    "venmo",
    "cashapp",
    "messenger",
    "signal",
    "skype",
    "strava",
    "pinterest",
    "whatsapp",
    "twitch",
    "gamertag",
    "psn",
    "xbox",
    "kik",
    "vinted",
]);
/// Words before a name in a system.
const LOGINS: List = List::of(&[
    "username",
    "usernames",
    "userid",
    "login",
    "handle",
    "nickname",
    "usuario",
    "gamertag",
    "logon",
    "screenname",
    "alias",
    "apodo",
]);

pub(super) fn find(search: &mut Search<'_, '_>) {
    let text = search.text;
    for at in text.starts() {
        match text.kind(at) {
            Some(Kind::Mark) if text.is(at, list!["@"]) => {
                if let Some(last) = handle(search, at) {
                    let ours = search.near_before(at, 5, OUR | FACILITY_WORD);
                    let standing = if ours { Standing::Slot } else { Standing::Stated };
                    search.take_as(at, last, Class::IdentifierUrl, "url.handle", standing);
                }
            }
            Some(Kind::Word) => {
                // "snap: kezza.jb", "insta is lola_99".
                if text.is(at, &NETS)
                    && text.is(at + 1, list![":", "is", "as", "name", "="])
                    && text.kind(at + 2) == Some(Kind::Word)
                {
                    let (last, joined) = run(search, at + 2);
                    if joined && search.free(at + 2, last) && (at + 2..last).any(|i| text.is(i, list!["_", "."])) {
                        search.take(at + 2, last, Class::IdentifierUrl, "url.handle");
                    }
                    continue;
                }
                if let Some((first, last)) = user(search, at) {
                    search.take(first, last, Class::IdentifierAccount, "account.user");
                } else if let Some((first, last)) = spelled(search, at) {
                    search.take(first, last, Class::IdentifierEmail, "email.spelled");
                }
            }
            _ => {}
        }
    }
}

/// The last token of letters, digits, dots and underscores glued together from `at` on, and whether two or more are joined.
fn run(search: &Search<'_, '_>, at: usize) -> (usize, bool) {
    let text = search.text;
    let mut last = at;
    while last < at + 10 {
        let next = last + 1;
        if !text.glued(next) {
            break;
        }
        if matches!(text.kind(next), Some(Kind::Word | Kind::Mixed | Kind::Number)) {
            last = next;
        } else if text.is(next, list!["_", ".", "-"])
            && text.glued(next + 1)
            && matches!(text.kind(next + 1), Some(Kind::Word | Kind::Mixed | Kind::Number))
        {
            last = next + 1;
        } else if text.is(next, list!["_"]) {
            last = next;
        } else {
            break;
        }
    }
    (last, last > at)
}

/// "@big_dazza_87", "@rosie_makes_jam"; not "@ 5" and not "@the shop".
fn handle(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let text = search.text;
    let first = at + 1;
    if at > 0 && text.glued(at) && !text.is(at - 1, list!["(", ":", "/", "\n"])
        || !text.glued(first)
        || !matches!(text.kind(first), Some(Kind::Word | Kind::Mixed))
    {
        return None;
    }
    let (last, joined) = run(search, first);
    let net = (at.saturating_sub(6)..at).chain(last + 1..last + 5).any(|i| text.is(i, &NETS));
    let shaped = (joined || text.kind(first) == Some(Kind::Mixed))
        && (first..=last).any(|i| text.is(i, list!["_"]) || text.is_number(i));
    (net || shaped && text.kind(last) != Some(Kind::Mark) || shaped && joined).then_some(last)
}

/// "username mpatterson1944 is locked", "logged in as jk_tuner55": what follows, if it is no ordinary word.
fn user(search: &Search<'_, '_>, at: usize) -> Option<(usize, usize)> {
    let text = search.text;
    let mut first = if text.is(at, &LOGINS) {
        at + 1
    } else if text.is(at, list!["logged", "signed", "registered", "goes", "known", "login", "logs"])
        && (text.is(at + 1, list!["in", "on", "up"]) && text.is(at + 2, list!["as"]) || text.is(at + 1, list!["by"]))
    {
        at + if text.is(at + 1, list!["by"]) { 2 } else { 3 }
    } else if text.is(at, list!["user"]) && text.is(at + 1, list!["name", "id"]) {
        at + 2
    } else {
        return None;
    };
    while text.is(first, list!["is", ":", "was", "es", "-", "=", "name", "id", "\""]) && first < at + 6 {
        first += 1;
    }
    if !matches!(text.kind(first), Some(Kind::Word | Kind::Mixed)) || text.glued(first) {
        return None;
    }
    let (last, joined) = run(search, first);
    let digits = text.kind(first) == Some(Kind::Mixed)
        || joined
            && (first..=last).any(|i| text.is_number(i) || text.kind(i) == Some(Kind::Mixed) || text.is(i, list!["_"]));
    (digits && search.free(first, last)).then_some((first, last))
}

/// "marge dot simms at example dot com", "pepe arroba ejemplo punto com".
fn spelled(search: &Search<'_, '_>, at: usize) -> Option<(usize, usize)> {
    let text = search.text;
    if !text.is(at, list!["at", "arroba"]) || at == 0 || !text.is_word(at + 1) {
        return None;
    }
    let dot = |i: usize| text.is(i, list!["dot", "punto"]);
    let host = text.is(at + 1, list!["gmail", "hotmail", "yahoo", "outlook", "icloud", "aol", "btinternet"]);
    if host
        && !dot(at + 2)
        && text.is_word(at - 1)
        && !text.is(at - 1, list!["us", "me", "working", "works", "jobs", "account", "on", "email"])
    {
        return (at > 1
            && (at.saturating_sub(6)..at - 1)
                .any(|i| text.is(i, list!["email", "mail", "emails", "correo", "is", "address"])))
        .then_some((at - 1, at + 1));
    }
    if !(dot(at + 2) && text.is(at + 3, list!["com", "org", "net", "co", "uk", "es", "mx", "edu", "ie", "info"])) {
        return None;
    }
    let mut last = at + 3;
    while dot(last + 1) && text.is_word(last + 2) && last < at + 8 {
        last += 2;
    }
    let mut first = at - 1;
    while first > 1 && at - first < 8 && (dot(first - 1) || text.is(first - 1, list!["underscore", "dash", "guion"])) {
        first -= 2;
    }
    (text.is_word(first) || text.is_number(first)).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use crate::screen::Class;
    use crate::screen::tests::{class_at, stated};

    #[test]
    fn handles_and_user_names_are_found() {
        for (text, class, name) in [
            ("hes on insta as @big_dazza_87 thats him", Class::IdentifierUrl, "@big_dazza_87"),
            ("found her: @rosie_makes_jam", Class::IdentifierUrl, "@rosie_makes_jam"),
            ("instagram @lolaflores", Class::IdentifierUrl, "@lolaflores"),
            ("he's logged in as jk_tuner55 on the kiosk", Class::IdentifierAccount, "jk_tuner55"),
            ("username mpatterson1944 is locked", Class::IdentifierAccount, "mpatterson1944"),
            (
                "email's marge dot simms at example dot com",
                Class::IdentifierEmail,
                "marge dot simms at example dot com",
            ),
        ] {
            assert_eq!(class_at(text, class).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn a_time_a_shop_and_the_clinics_own_page_are_nobodys_handle() {
        for text in
            ["see you @ 5", "meet @the shop", "lunch @Joe's?", "Follow us on Instagram @oakdental", "log in as usual"]
        {
            assert!(!stated(text, Class::IdentifierUrl) && !stated(text, Class::IdentifierAccount), "{text}");
        }
    }
}
