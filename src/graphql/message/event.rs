//! Events: what followers did, and what WeChat reports.

use async_graphql::{Context, ID, Interface, Object, Result};
use entity::message;

use super::{AutomaticReply, Received};
use crate::domain::messages;
use crate::graphql::follower::Follower;
use crate::graphql::scalars::DateTime;
use crate::webhook::push;

/// A type with what all events have, and its own fields.
macro_rules! event_type {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $ty:ty),* } { $($own:tt)* }) => {
        $(#[$doc])*
        pub struct $name {
            received: Received,
            $($field: $ty,)*
        }

        $(#[$doc])*
        #[Object]
        impl $name {
            /// What tells the event from all others of the account.
            async fn id(&self) -> ID {
                ID(self.received.0.id.clone())
            }

            /// WeChat's name of the event, in lower case.
            async fn name(&self) -> String {
                self.received.0.event.clone().unwrap_or_default()
            }

            /// When it happened, by WeChat's clock and to the second.
            async fn sent_at(&self) -> DateTime {
                self.received.0.created_at.into()
            }

            /// When it was stored here.
            async fn received_at(&self) -> DateTime {
                self.received.0.received_at.into()
            }

            /// The follower whose doing it was; null for somebody who is not known here, and of what WeChat reports.
            async fn sender(&self, ctx: &Context<'_>) -> Result<Option<Follower>> {
                self.received.sender(ctx).await
            }

            /// WeChat's id of the sender for this account; of what WeChat reports it is one of its own.
            async fn sender_openid(&self) -> ID {
                ID(self.received.0.openid.clone())
            }

            /// The automatic reply; null where there is none.
            async fn reply(&self) -> Option<AutomaticReply> {
                AutomaticReply::of(&self.received.0)
            }

            $($own)*
        }
    };
}

event_type! {
    /// Somebody followed the account.
    SubscribeEvent { scan: Option<push::Scan> } {
        /// Scene of the QR code that he scanned; null where there was none.
        async fn scene(&self) -> Option<&str> {
            self.scan.as_ref().map(|scan| scan.scene.as_str())
        }

        /// Ticket of the QR code that he scanned; null where there was none.
        async fn ticket(&self) -> Option<&str> {
            self.scan.as_ref().and_then(|scan| scan.ticket.as_deref())
        }
    }
}

event_type! {
    /// A follower left.
    UnsubscribeEvent {} {}
}

event_type! {
    /// A follower scanned a QR code with a scene.
    ScanEvent { scan: push::Scan } {
        /// Scene of the code.
        async fn scene(&self) -> &str {
            &self.scan.scene
        }

        /// Ticket of the code; null where WeChat gave none.
        async fn ticket(&self) -> Option<&str> {
            self.scan.ticket.as_deref()
        }
    }
}

event_type! {
    /// A follower clicked a menu button.
    MenuClickEvent { key: String } {
        /// Key of the button.
        async fn key(&self) -> &str {
            &self.key
        }

        /// Id of the menu button whose reply it gets; null for none.
        async fn button_id(&self) -> Option<ID> {
            self.received.0.button_id.clone().map(ID)
        }
    }
}

event_type! {
    /// A follower opened a page from the menu.
    MenuViewEvent { url: String } {
        /// Address of the page.
        async fn url(&self) -> &str {
            &self.url
        }
    }
}

event_type! {
    /// Where a follower is, as his WeChat reports it.
    LocationEvent { latitude: String, longitude: String, precision: String } {
        /// Degrees north, as WeChat wrote them.
        async fn latitude(&self) -> &str {
            &self.latitude
        }

        /// Degrees east, as WeChat wrote them.
        async fn longitude(&self) -> &str {
            &self.longitude
        }

        /// Metres, as WeChat wrote them.
        async fn precision(&self) -> &str {
            &self.precision
        }
    }
}

event_type! {
    /// Any other event.
    OtherEvent { key: Option<String> } {
        /// Its `EventKey`; null without one.
        async fn key(&self) -> Option<&str> {
            self.key.as_deref()
        }

        /// Everything that WeChat sent, as a JSON object: elements as members, repeated ones as lists.
        async fn payload(&self) -> &str {
            &self.received.0.payload
        }
    }
}

/// Something that a follower did, or that WeChat reports.
#[expect(clippy::duplicated_attributes, reason = "several fields have one type")]
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "What tells the event from all others of the account."),
    field(name = "name", ty = "String", desc = "WeChat's name of the event, in lower case."),
    field(name = "sent_at", ty = "DateTime", desc = "When it happened, by WeChat's clock and to the second."),
    field(name = "received_at", ty = "DateTime", desc = "When it was stored here."),
    field(
        name = "sender",
        ty = "Option<Follower>",
        desc = "The follower whose doing it was; null for somebody who is not known here, and of what WeChat reports."
    ),
    field(
        name = "sender_openid",
        ty = "ID",
        desc = "WeChat's id of the sender for this account; of what WeChat reports it is one of its own."
    ),
    field(name = "reply", ty = "Option<AutomaticReply>", desc = "The automatic reply; null where there is none.")
)]
pub enum Event {
    /// Somebody followed.
    Subscribe(SubscribeEvent),
    /// A follower left.
    Unsubscribe(UnsubscribeEvent),
    /// A follower scanned.
    Scan(ScanEvent),
    /// A click in the menu.
    MenuClick(MenuClickEvent),
    /// A page opened from the menu.
    MenuView(MenuViewEvent),
    /// A place.
    Location(LocationEvent),
    /// Any other.
    Other(OtherEvent),
}

impl From<message::Model> for Event {
    fn from(row: message::Model) -> Self {
        let event = match messages::read(&row) {
            Some(push::Kind::Event(event)) => Some(event),
            _ => None,
        };
        let key = messages::event_key(&row);
        let received = Received(row);
        match event {
            Some(push::Event::Subscribe { scan }) => Self::Subscribe(SubscribeEvent { received, scan }),
            Some(push::Event::Unsubscribe) => Self::Unsubscribe(UnsubscribeEvent { received }),
            Some(push::Event::Scan(scan)) => Self::Scan(ScanEvent { received, scan }),
            Some(push::Event::Click { key }) => Self::MenuClick(MenuClickEvent { received, key }),
            Some(push::Event::View { url, .. }) => Self::MenuView(MenuViewEvent { received, url }),
            Some(push::Event::Location { latitude, longitude, precision }) => {
                Self::Location(LocationEvent { received, latitude, longitude, precision })
            }
            _ => Self::Other(OtherEvent { received, key }),
        }
    }
}
