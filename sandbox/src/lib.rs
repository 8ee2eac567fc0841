//! A simulator of the WeChat Official Account server API (微信公众号), for tests and for trying things without an
//! account at WeChat.
//!
//! It is written from WeChat's documentation alone and shares no type with any client: where client and simulator
//! agree, they agree because both read the same pages. Real SDKs of other languages work against it, changed in
//! nothing but the base URL.
//!
//! # The map
//!
//! | part | holds |
//! |---|---|
//! | `api` | the endpoints, one file a group, and the table of all of them |
//! | `endpoint`, `gateway` | what an endpoint declares; what happens to a call before and after it |
//! | `request`, `payload`, `answer`, `errcode` | the wire: reading by content, forms, WeChat's shapes and codes |
//! | `state`, `permission` | the accounts, created on first use; what each kind of account may do |
//! | `tokens`, `quotas`, `followers`, `profiles`, `openid`, `tags` | the parts of an account: rules, no HTTP |
//! | `library`, `media`, `format`, `contents` | uploads: what is kept for how long, types and limits, formats, the bytes |
//! | `drafts`, `article`, `html` | the draft box, the rules of an article, what its HTML may hold |
//! | `identifier`, `video`, `picture` | random names; the links under which videos and pictures are downloaded |
//! | `published` | what was published |
//! | `menus`, `button`, `match_rule`, `console_menu` | the menus, their buttons made over the API and in the console, for whom they are |
//! | `windows`, `service_message`, `ledger` | when somebody may be written to, what, and what they received |
//! | `mass`, `mass_message`, `mass_settings`, `audience` | the mass sends and their states, what is sent, how it goes, to whom |
//! | `mass_finish` | the end of a mass send, and the event that tells it |
//! | `effect`, `incoming`, `specimen` | what a push does to the account, the files that come with it, the files at hand |
//! | `push`, `message`, `usual`, `webhook`, `crypto`, `xml` | what is delivered to a webhook |
//! | `reply`, `passive` | the verdict on its answer, and the reply in it |
//! | `faults`, `calls`, `clock`, `connection`, `invalid` | what tests need: failures, the record, time, broken connections, reasons |
//! | `control` | the JSON API below `/_control`, the only part that WeChat does not have |
//!
//! Uses point one way: `control` and `gateway` above, `api` and `push` below them, then `state`, then its parts.
//!
//! # Where to add what
//!
//! An endpoint is a function and a line in the `ENDPOINTS` of its group; a group is a file in `api` and a line in its
//! table; a permission is a row of `permission::Capability`; state of an account is a member of `state::Account`.
//! Method, token, permission, quota, faults and the record then follow from the declaration.
//!
//! # Use
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! let config = sandbox::Config { listen: ([127, 0, 0, 1], 0).into(), ..sandbox::Config::default() };
//! let sandbox = sandbox::Sandbox::bind(config).await?;
//! let base_url = format!("http://{}", sandbox.address());
//! let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//! let running = tokio::spawn(sandbox.run(async { drop(stopped.await) }));
//! // ... calls to base_url ...
//! drop(stop);
//! running.await.map_err(std::io::Error::other)?
//! # }
//! ```

mod answer;
mod api;
mod article;
mod audience;
mod button;
mod calls;
mod clock;
mod connection;
mod console_menu;
mod contents;
mod control;
mod crypto;
mod drafts;
mod effect;
mod endpoint;
mod errcode;
mod faults;
mod followers;
mod format;
mod gateway;
mod html;
mod identifier;
mod incoming;
mod invalid;
mod ledger;
mod library;
mod mass;
mod mass_finish;
mod mass_message;
mod mass_settings;
mod match_rule;
mod media;
mod menus;
mod message;
mod openid;
mod passive;
mod payload;
mod permission;
mod picture;
mod profiles;
mod published;
mod push;
mod quotas;
mod reply;
mod request;
mod service_message;
mod specimen;
mod state;
mod tags;
mod tokens;
mod usual;
mod video;
mod webhook;
mod windows;
mod xml;

use std::{
    future::{Future, IntoFuture},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::routing::get;
use tokio::net::TcpListener;

use crate::{
    connection::{CuttableListener, Peer},
    state::World,
};

/// How long calls in flight may take after the stop.
const GRACE: Duration = Duration::from_secs(5);

/// Settings of a simulator.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How long after a mass send its result event follows by itself.
    pub finish_after: Duration,
}

impl Default for Config {
    /// `127.0.0.1:8081`, 500 ms.
    fn default() -> Self {
        Self { listen: (Ipv4Addr::LOCALHOST, 8081).into(), finish_after: Duration::from_millis(500) }
    }
}

/// A simulator that has its port. Connections wait from [`Sandbox::bind`] on and are answered by [`Sandbox::run`].
#[derive(Debug)]
pub struct Sandbox {
    listener: TcpListener,
    address: SocketAddr,
    world: Arc<World>,
}

impl Sandbox {
    /// Takes the port; the simulator knows no account yet.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound, or the HTTP client for pushes cannot be built.
    pub async fn bind(config: Config) -> io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        let address = listener.local_addr()?;
        let world = World::new(address, config.finish_after, push::http_client()?);
        Ok(Self { listener, address, world: Arc::new(world) })
    }

    /// Where it listens, with the port that port 0 became.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then finishes what is in flight, for 5 seconds at most.
    ///
    /// # Errors
    ///
    /// When the listener fails for good.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let router = control::router()
            .route(video::PATH, get(video::download))
            .route(picture::PATH, get(picture::download))
            .fallback(gateway::serve)
            .with_state(self.world)
            .into_make_service_with_connect_info::<Peer>();
        let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
        let stop = async move {
            stop.await;
            drop(stopping);
        };
        let grace_is_over = async {
            drop(stopped.await);
            tokio::time::sleep(GRACE).await;
        };
        let serving = axum::serve(CuttableListener(self.listener), router).with_graceful_shutdown(stop);
        tokio::select! {
            served = serving.into_future() => served,
            () = grace_is_over => Ok(()),
        }
    }
}
