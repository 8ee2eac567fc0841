//! tmp
#[tokio::main]
async fn main() { let s = sandbox::Sandbox::bind(sandbox::Config{listen: ([127,0,0,1],18499).into(), ..Default::default()}).await.expect("bind"); s.run(async { let _ = tokio::signal::ctrl_c().await; }).await.expect("run"); }
