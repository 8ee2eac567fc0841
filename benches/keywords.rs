//! What a match costs with 10 and with 10,000 keyword rules, and what compiling them costs.
//!
//! `cargo bench --bench keywords`. The two figures of a group should be close for `find` and far apart for `compile`.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use odaesan::keywords::{Keyword, Matcher, Rule};

const SIZES: [i64; 2] = [10, 10_000];

/// Rules like those of a shop: per rule one exact word and two fuzzy ones, among them many with the same beginning.
fn rules(count: i64) -> Vec<Rule> {
    let rule = |number: i64| {
        let keyword = |text: String, is_exact| Keyword { text, is_exact };
        let keywords = vec![
            keyword(format!("商品{number}"), true),
            keyword(format!("优惠券{number}号"), false),
            keyword(format!("order {:x}", number * 7919), false),
        ];
        Rule { id: format!("{number:08}"), created: number, keywords }
    };
    (0..count).map(rule).collect()
}

/// Messages that hit an exact keyword, a fuzzy one near the end, one that contains them, and none; of the latter one is
/// long, and one begins like many a keyword.
fn messages() -> [(&'static str, String); 5] {
    [
        ("exact", "商品7".to_owned()),
        ("fuzzy", format!("{}优惠券3号", "你好，请问一下这个周末的活动还可以参加吗？".repeat(4))),
        ("contained", "券7号".to_owned()),
        ("short", "优惠券在哪".to_owned()),
        ("none", "优惠券和order都没有编号，只是随便说说 ".repeat(8)),
    ]
}

fn find(criterion: &mut Criterion) {
    for (name, message) in messages() {
        let mut group = criterion.benchmark_group(format!("find/{name}"));
        group.throughput(Throughput::Bytes(message.len() as u64));
        for size in SIZES {
            let matcher = Matcher::compile(rules(size));
            assert_eq!(matcher.find(&message).is_some(), !matches!(name, "none" | "short"));
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.iter(|| matcher.find(black_box(&message)));
            });
        }
        group.finish();
    }
}

fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    group.sample_size(20);
    for size in SIZES {
        let rules = rules(size);
        group.throughput(Throughput::Elements(rules.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter_batched(|| rules.clone(), Matcher::compile, BatchSize::LargeInput);
        });
    }
    group.finish();
}

criterion_group!(benches, find, compile);
criterion_main!(benches);
