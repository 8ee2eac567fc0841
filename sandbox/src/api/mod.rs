//! The endpoints of WeChat's server API: one file a group, one line here for each.

mod blacklist;
mod conditional_menus;
mod customer_service;
mod drafts;
mod mass;
mod mass_followup;
mod material;
mod media;
mod menus;
mod page;
mod platform;
mod quota;
mod tag_members;
mod tags;
mod token;
mod upload;
mod users;

use crate::endpoint::Endpoint;

const GROUPS: &[&[Endpoint]] = &[
    token::ENDPOINTS,
    platform::ENDPOINTS,
    quota::ENDPOINTS,
    users::ENDPOINTS,
    tags::ENDPOINTS,
    tag_members::ENDPOINTS,
    blacklist::ENDPOINTS,
    media::ENDPOINTS,
    material::ENDPOINTS,
    drafts::ENDPOINTS,
    menus::ENDPOINTS,
    conditional_menus::ENDPOINTS,
    customer_service::ENDPOINTS,
    mass::ENDPOINTS,
    mass_followup::ENDPOINTS,
];

/// The endpoint with exactly this path.
pub(crate) fn find(path: &str) -> Option<&'static Endpoint> {
    GROUPS.iter().copied().flatten().find(|endpoint| endpoint.path == path)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_path_is_declared_twice() {
        let paths: Vec<_> = GROUPS.iter().copied().flatten().map(|endpoint| endpoint.path).collect();
        assert_eq!(paths.iter().collect::<HashSet<_>>().len(), paths.len());
        assert!(paths.iter().all(|path| path.starts_with("/cgi-bin/")));
    }
}
