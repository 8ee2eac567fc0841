//! What every test starts from.

pub(crate) mod app;
pub(crate) mod database;
pub(crate) mod mass_sends;
pub(crate) mod messages;
pub(crate) mod process;
mod sweeper;
pub(crate) mod uploads;
pub(crate) mod webhook;
pub(crate) mod wechat;

pub(crate) use app::TestApp;
pub(crate) use database::Backend;

/// Makes one test for each database out of `async fn name(app: TestApp)`.
macro_rules! on_every_database {
    ($($name:ident),+ $(,)?) => {
        on_every_database!(@on sqlite Sqlite: $($name),+);
        on_every_database!(@on postgres Postgres: $($name),+);
        on_every_database!(@on mariadb MariaDb: $($name),+);
    };
    (@on $module:ident $backend:ident: $($name:ident),+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $name() {
                    if let Some(app) = $crate::support::TestApp::start($crate::support::Backend::$backend).await {
                        super::$name(app).await;
                    }
                }
            )+
        }
    };
}

/// Makes one test for each database out of `async fn name(app: TestApp)`, with everything but the service.
macro_rules! with_processes {
    ($($name:ident),+ $(,)?) => {
        with_processes!(@on sqlite Sqlite: $($name),+);
        with_processes!(@on postgres Postgres: $($name),+);
        with_processes!(@on mariadb MariaDb: $($name),+);
    };
    (@on $module:ident $backend:ident: $($name:ident),+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $name() {
                    use $crate::support::{Backend, TestApp};
                    if let Some(app) = TestApp::without_service(Backend::$backend).await {
                        super::$name(app).await;
                    }
                }
            )+
        }
    };
}
