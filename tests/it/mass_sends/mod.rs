//! Mass sends (群发): to nobody twice, to everybody once.

mod matrix;
