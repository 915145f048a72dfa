//! Profiles: named additions to the policy of a file, each of which may extend another.

use std::collections::HashSet;

use super::error::{ConfigError, Location, Problem, nearest};
use super::json;
use super::settings::{FileText, Settings};

/// A profile, or the `permission` object itself.
#[derive(Debug)]
pub(super) struct Profile<'a> {
    pub(super) name: String,
    /// The profile that it extends, and the text of this name.
    pub(super) extends: Option<(String, &'a str)>,
    pub(super) settings: Settings,
}

/// Returns the settings that the wanted profile adds, with everything that it extends, the most
/// general first. Checks all profiles, also if none is wanted. A missing profile is reported at the
/// text `permission`.
pub(super) fn choose(
    profiles: &[Profile<'_>],
    wanted: Option<&str>,
    file: &FileText,
    permission: &str,
) -> Result<Settings, ConfigError> {
    let place = |text: &str| file.location(json::offset(&file.text, text));
    let mut sound = HashSet::new();
    for profile in profiles {
        let chain = chain(profiles, profile, &sound, &place)?;
        sound.extend(chain.into_iter().map(|profile| profile.name.as_str()));
    }
    let Some(wanted) = wanted else { return Ok(Settings::default()) };
    let wanted = find(profiles, wanted).ok_or_else(|| unknown(profiles, wanted, place(permission)))?;
    let chain = chain(profiles, wanted, &HashSet::new(), &place)?;
    Ok(chain.into_iter().rev().fold(Settings::default(), |sum, profile| sum.merge(profile.settings.clone())))
}

/// Returns a profile and the profiles that it extends, the most special first. Stops at a profile
/// in `sound`.
fn chain<'p, 'a>(
    profiles: &'p [Profile<'a>],
    start: &'p Profile<'a>,
    sound: &HashSet<&str>,
    place: &dyn Fn(&str) -> Location,
) -> Result<Vec<&'p Profile<'a>>, ConfigError> {
    let mut chain = vec![start];
    let mut last = start;
    while let Some((name, text)) = &last.extends
        && !sound.contains(last.name.as_str())
    {
        let next = find(profiles, name).ok_or_else(|| unknown(profiles, name, place(text)))?;
        let circle = chain.iter().any(|profile| profile.name == next.name);
        chain.push(next);
        if circle {
            let chain = chain.into_iter().map(|profile| profile.name.clone()).collect();
            return Err(ConfigError::new(place(text), Problem::ProfileCircle { chain }));
        }
        last = next;
    }
    Ok(chain)
}

fn find<'p, 'a>(profiles: &'p [Profile<'a>], name: &str) -> Option<&'p Profile<'a>> {
    profiles.iter().find(|profile| profile.name == name)
}

fn unknown(profiles: &[Profile<'_>], name: &str, at: Location) -> ConfigError {
    let nearest = nearest(name, profiles.iter().map(|profile| profile.name.as_str()));
    ConfigError::new(at, Problem::UnknownProfile { name: name.to_owned(), nearest })
}
