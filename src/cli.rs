//! The command line: what each command does, and how its failure is told in one line.
//!
//! Standard output is what a command is asked for; everything else goes to standard error.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use chrono::SecondsFormat;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use entity::Timestamp;
use entity::api_token::Role;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::DatabaseConnection;

use crate::access::{self, NewToken, role_name};
use crate::config::{Data, Log, Serve, Simulator};
use crate::server::{self, Application, Operations, RestOptions, StartError};
use crate::{clock, database, graphql, telemetry};

/// Runs WeChat Official Accounts behind a GraphQL API and the documented REST /v1
#[derive(Debug, Parser)]
#[command(name = "odaesan", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    log: Log,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Apply pending migrations and serve; also what is done without a command
    Serve(Box<Serve>),
    /// Change the database's schema, or say where it stands
    Migrate {
        #[command(flatten)]
        data: Data,
        /// What to do
        #[arg(default_value = "up")]
        direction: Direction,
    },
    /// Print the GraphQL schema (schema.graphql)
    Schema,
    /// Print every REST route: METHOD PATH OPERATION
    Routes,
    /// Print the OpenAPI document of the REST routes
    Openapi,
    /// Make, list and revoke API tokens
    Token {
        #[command(flatten)]
        data: Data,
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Run the simulator of WeChat alone
    Sandbox(Simulator),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Direction {
    /// Apply all pending steps
    Up,
    /// Take back the last step
    Down,
    /// List the steps
    Status,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token and print it, the only time it can be seen
    Create(CreateToken),
    /// List the tokens, oldest first
    List,
    /// Revoke a token, effective everywhere within seconds
    Revoke {
        /// Id of the token, as `token list` shows it
        id: String,
    },
}

#[derive(Debug, Args)]
struct CreateToken {
    /// What the token may do
    #[arg(long)]
    role: RoleName,
    /// Limit the token to this account; repeat for several
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<String>,
    /// What the token is for
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// Days until the token expires [default: never]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    expires_in_days: Option<u32>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    /// Queries and everyday mutations, binding accounts and changing credentials
    Admin,
    /// Queries and everyday mutations
    Writer,
    /// Queries
    Reader,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Writer => Self::Writer,
            RoleName::Reader => Self::Reader,
        }
    }
}

/// Why a command failed, in one line.
type Failure = Box<dyn std::error::Error>;

/// Runs the command that the arguments name, and returns the exit status: 0, 1 for a failure, 2 for wrong arguments.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match parse(arguments.into_iter().collect()) {
        Ok(cli) => cli,
        Err(error) => return refuse_arguments(&error),
    };
    telemetry::start_log(&cli.log);
    match execute(cli.command).await {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads the output any more, as in `odaesan schema | head -1`.
        Err(error) if is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            say_failure(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Without a command, `serve` is meant: `odaesan --listen …` is `odaesan serve --listen …`.
fn parse(mut arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    let error = match Cli::try_parse_from(&arguments) {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    let commandless = matches!(
        error.kind(),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::UnknownArgument
    );
    let first = arguments.get(1).and_then(|argument| argument.to_str()).unwrap_or_default();
    let named = Cli::command().get_subcommands().any(|subcommand| subcommand.get_name() == first);
    if !commandless || named {
        return Err(error);
    }
    arguments.insert(arguments.len().min(1), "serve".into());
    Cli::try_parse_from(arguments)
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn say_failure(message: &str) {
    // One line, whatever a library wrote.
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(std::io::stderr(), "odaesan: {line}");
}

/// Help goes to standard output. A wrong setting is one line that names flag and variable; clap's own answer would name
/// the flag also where the value came from the environment.
fn refuse_arguments(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    if let (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    {
        say_failure(&format!("missing: {}", missing.join(", ")));
        return ExitCode::from(2);
    }
    let message = match (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue)) {
        (Some(argument), value) if error.kind() != ErrorKind::UnknownArgument => {
            let flag = argument.split([' ', '=']).next().unwrap_or(argument);
            let reason = std::error::Error::source(error).map(ToString::to_string);
            let reason = reason.unwrap_or_else(|| first_line(error));
            match value.filter(|value| !value.is_empty() && !is_secret(flag)) {
                Some(value) => format!("{}: {value:?}: {reason}", setting(flag)),
                None => format!("{}: {reason}", setting(flag)),
            }
        }
        _ => first_line(error),
    };
    say_failure(&message);
    ExitCode::from(2)
}

fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// The flag with its variable: `--listen (ODAESAN_LISTEN)`.
fn setting(flag: &str) -> String {
    let name = flag.trim_start_matches('-');
    let command = Cli::command();
    let arguments = std::iter::once(&command).chain(command.get_subcommands()).flat_map(clap::Command::get_arguments);
    let variable = arguments.filter(|argument| argument.get_long() == Some(name)).find_map(clap::Arg::get_env);
    match variable {
        Some(variable) => format!("{flag} ({})", variable.display()),
        None => flag.to_owned(),
    }
}

fn is_secret(flag: &str) -> bool {
    matches!(flag, "--secret-key" | "--database-url")
}

async fn execute(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(settings) => serve(&settings).await,
        Command::Migrate { data, direction } => migrate(&data, direction).await,
        Command::Schema => print(&graphql::sdl()),
        Command::Routes => {
            let adapter = server::adapter(Operations::unconnected(), RestOptions::default()).await?;
            let lines = adapter.routes().map(|route| format!("{} {} {}\n", route.method, route.path, route.operation));
            print(&lines.collect::<String>())
        }
        Command::Openapi => {
            let adapter = server::adapter(Operations::unconnected(), RestOptions::default()).await?;
            print(&format!("{:#}\n", adapter.openapi()))
        }
        Command::Token { data, command } => {
            let url = data.database_url()?;
            database::migrate(&url).await.map_err(StartError::from)?;
            token(&database::connect(&url, 1).await?, command).await
        }
        Command::Sandbox(simulator) => sandbox(&simulator).await,
    }
}

fn print(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes())?;
    Ok(output.flush()?)
}

async fn serve(settings: &Serve) -> Result<(), Failure> {
    let application = Application::build(settings).await?;
    let service = format!("http://{}", application.address());
    let simulator = application.sandbox_address().map(|address| format!("http://{address}"));
    let ready = move |demo: Option<String>| {
        // Serving matters more than telling.
        let _ = print(&greeting(&service, simulator.as_deref(), demo.as_deref()));
    };
    Ok(application.run(stop_signal(), ready).await?)
}

fn greeting(service: &str, simulator: Option<&str>, demo: Option<&str>) -> String {
    let (Some(simulator), Some(account)) = (simulator, demo) else {
        return format!("Odaesan serves {service}\n");
    };
    let query = format!(
        "{{ account(id: \\\"{account}\\\") {{ followerCount followers(first: 3) {{ nodes {{ openid nickname }} }} }} }}"
    );
    format!(
        "Odaesan serves {service}\n\
         Its simulator of WeChat serves {simulator}\n\
         The demo account is {account}\n\
         \n\
         Three things to try:\n  \
           1. open {service}/graphql in a browser\n  \
           2. curl '{service}/v1/{account}/user?group=-1&size=3'\n  \
           3. curl {service}/graphql -H 'Content-Type: application/json' -d '{{\"query\": \"{query}\"}}'\n\
         \n"
    )
}

/// Ends when the process is asked to stop: SIGTERM from a supervisor, SIGINT from a keyboard.
async fn stop_signal() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "SIGINT cannot be received");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be received");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

async fn migrate(data: &Data, direction: Direction) -> Result<(), Failure> {
    let url = data.database_url()?;
    match direction {
        Direction::Up => {
            database::migrate(&url).await.map_err(StartError::from)?;
            print("the schema is up to date\n")
        }
        Direction::Down => {
            Migrator::down(&database::connect(&url, 1).await?, Some(1)).await?;
            print("the last step was taken back\n")
        }
        Direction::Status => {
            let database = database::connect(&url, 1).await?;
            let steps = Migrator::get_migration_with_status(&database).await?;
            let lines = steps.iter().map(|step| format!("{:8} {}\n", step.status().to_string(), step.name()));
            print(&lines.collect::<String>())
        }
    }
}

async fn token(database: &DatabaseConnection, command: TokenCommand) -> Result<(), Failure> {
    match command {
        TokenCommand::Create(create) => {
            let day = Duration::from_secs(24 * 3_600);
            let new = NewToken {
                role: create.role.into(),
                accounts: create.accounts,
                label: create.label,
                lifetime: create.expires_in_days.map(|days| day * days),
            };
            let token = access::create_token(database, new).await?;
            writeln!(std::io::stderr(), "This is the only time the token can be seen:")?;
            print(&format!("{token}\n"))
        }
        TokenCommand::List => {
            let mut text = String::from(
                "ID                                    ROLE    CREATED               EXPIRES               LAST USED             STATE    ACCOUNTS  LABEL\n",
            );
            for (token, accounts) in access::list_tokens(database).await? {
                let accounts =
                    if token.limited { accounts.into_iter().collect::<Vec<_>>().join(",") } else { "all".into() };
                let state = match token.expires_at {
                    _ if token.revoked_at.is_some() => "revoked",
                    Some(expiry) if *expiry <= *clock::now() => "expired",
                    _ => "valid",
                };
                text += &format!(
                    "{:36}  {:6}  {:20}  {:20}  {:20}  {:7}  {:8}  {}\n",
                    token.id,
                    role_name(token.role),
                    shown(Some(token.created_at)),
                    shown(token.expires_at),
                    shown(token.last_used_at),
                    state,
                    accounts,
                    token.label.unwrap_or_default(),
                );
            }
            print(&text)
        }
        TokenCommand::Revoke { id } => {
            access::revoke_token(database, &id).await?;
            print("revoked\n")
        }
    }
}

fn shown(instant: Option<Timestamp>) -> String {
    instant.map_or_else(|| "never".into(), |instant| instant.to_rfc3339_opts(SecondsFormat::Secs, true))
}

async fn sandbox(simulator: &Simulator) -> Result<(), Failure> {
    let config = ::sandbox::Config {
        listen: simulator.sandbox_listen,
        finish_after: Duration::from_millis(simulator.sandbox_finish_ms),
    };
    let sandbox = ::sandbox::Sandbox::bind(config)
        .await
        .map_err(|error| format!("--sandbox-listen (ODAESAN_SANDBOX_LISTEN) {}: {error}", simulator.sandbox_listen))?;
    print(&format!("The simulator of WeChat serves http://{}\n", sandbox.address()))?;
    Ok(sandbox.run(stop_signal()).await?)
}
