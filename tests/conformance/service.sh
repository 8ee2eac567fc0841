# Sourced by the scripts here, with the repository as the current directory: builds the program (or takes the one that
# ODAESAN_TEST_BINARY names), and starts it with its simulator on free ports until the script ends.

if [ -z "${ODAESAN_TEST_BINARY:-}" ]; then
  cargo build --locked --quiet
  export ODAESAN_TEST_BINARY="${CARGO_TARGET_DIR:-target}/debug/odaesan"
fi
scratch=$(mktemp -d)
services=()

end_services() {
  for service in "${services[@]}"; do
    kill "$service" 2>/dev/null || true
    wait "$service" 2>/dev/null || true
  done
  rm -rf "$scratch"
}
trap end_services EXIT

# serve ARGUMENT…: starts a service of its own and sets `url`, `simulator`, `account` and `data`, its data directory.
serve() {
  local here="$scratch/${#services[@]}"
  data="$here/data"
  mkdir -p "$data"
  "$ODAESAN_TEST_BINARY" serve --sandbox --listen 127.0.0.1:0 --sandbox-listen 127.0.0.1:0 --data-dir "$data" --log warn "$@" \
    >"$here/out" 2>"$here/err" &
  services+=($!)
  for _ in $(seq 100); do
    # What it prints last of the three.
    account=$(sed -n 's/^The demo account is //p' "$here/out")
    if [ -n "$account" ]; then
      url=$(sed -n 's/^Odaesan serves //p' "$here/out")
      simulator=$(sed -n 's/^Its simulator of WeChat serves //p' "$here/out")
      return
    fi
    sleep 0.1
  done
  cat "$here/err"
  return 1
}
