//! What clients should not send: it is refused in plain words, names what is wrong, and changes nothing.
//!
//! Every answer in these tests goes through [`room::ask`], which holds what is true of all of them: a whole envelope
//! or a whole GraphQL response, a request id, nothing of the inside, and never an internal error.

mod articles;
mod groups;
mod http;
mod idempotency;
mod inputs;
mod leniency;
mod members;
mod mutations;
mod parameters;
mod queries;
mod room;
mod routes;
mod table;
mod texts;
mod uploads;
