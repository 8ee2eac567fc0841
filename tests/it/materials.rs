//! Materials through both doors: images, voices, videos and news, their files and their pages.
//!
//! The files are real ones, built byte by byte in [`samples`]; what was sent is compared with what is served.

mod articles;
mod concurrent;
mod connections;
mod downloads;
mod file_names;
mod graphql_uploads;
mod in_use;
mod listed;
mod mutations;
mod news;
mod page;
mod refusals;
mod repeated;
mod roles;
mod samples;
mod shelf;
mod sizes;
mod sweep;
mod unfinished;
mod videos;
mod warnings;
