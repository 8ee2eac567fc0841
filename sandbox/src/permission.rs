//! What an account may call, by its kind and verification; anything else is 48001.
//!
//! Source: WeChat "Interface permissions" (接口权限说明), one row of its table for each [`Capability`].

/// What an account is called today: 服务号 or 公众号 (formerly 订阅号).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Service,
    Subscription,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Subscription => "subscription",
        }
    }
}

/// A row of the permission table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capability {
    /// Tokens, IP lists, callback check, quota calls.
    Platform,
    /// `user/*`, `tags/*`, blacklist.
    Followers,
    /// `media/*`, `material/*`, `draft/*`.
    Content,
    /// `get_current_selfmenu_info`: what the owner set up in the console.
    Console,
    /// `menu/*`. Older tables grant it to an unverified 服务号 too; the current pages do not.
    Menus,
    /// `message/custom/*`.
    CustomerService,
    /// `message/mass/*` but for the next row.
    MassSend,
    /// `message/mass/send`: to a list of openids.
    MassSendToList,
}

impl Capability {
    /// Whether an account of this kind and verification has it.
    pub(crate) const fn granted_to(self, kind: Kind, verified: bool) -> bool {
        match (self, kind) {
            (Self::Platform | Self::Content | Self::Console, Kind::Service | Kind::Subscription) => true,
            (
                Self::Followers | Self::Menus | Self::CustomerService | Self::MassSend,
                Kind::Service | Kind::Subscription,
            )
            | (Self::MassSendToList, Kind::Service) => verified,
            (Self::MassSendToList, Kind::Subscription) => false,
        }
    }
}
