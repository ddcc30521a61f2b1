#!/usr/bin/env bash
# Installs what the local cloud is compared with, below DIR: the emulators of others for test/differential, and Google's
# published vectors of V4 signatures; prints the settings that name them to the tests. What cannot be had is left out with a word on standard error: its tests then skip.
# Usage: install.sh DIR
set -uo pipefail
mkdir -p "$1" || exit 1
dir="$(cd "$1" && pwd)"
export dir
# Of each, in all, so that a registry that hangs holds nobody up.
limit_s=200

# Needs Go; one that is older than the module wants fetches a newer one.
fake_gcs() {
  command -v go >/dev/null || return 1
  GOPATH="$dir/go" GOCACHE="$dir/go-build" GOBIN="$dir/bin" GOTOOLCHAIN=auto GOFLAGS=-modcacherw CGO_ENABLED=0 \
    go install github.com/fsouza/fake-gcs-server@v1.56.1 >&2 || return 1
  # What Go fetches can be write-protected.
  chmod -R u+w "$dir/go" && rm -rf "$dir/go" "$dir/go-build" || :
  echo "PILLBOX_FAKE_GCS=$dir/bin/fake-gcs-server"
}

# Needs Go, for its module proxy: the vectors are among the tests of Google's own client.
v4_signatures() {
  command -v go >/dev/null || return 1
  module=cloud.google.com/go/storage@v1.50.0
  (cd "$dir" && GOPATH="$dir/vectors" GOWORK=off GOTOOLCHAIN=local GOFLAGS='-mod=mod -modcacherw' \
    go mod download "$module" >&2) || return 1
  cp "$dir/vectors/pkg/mod/$module/internal/test/conformance/v4_signatures.json" "$dir/v4_signatures.json" || return 1
  chmod -R u+w "$dir/vectors" && rm -rf "$dir/vectors" || :
  echo "PILLBOX_CONTRACT_V4_SIGNATURES=$dir/v4_signatures.json"
}

# Needs Python.
grpc_tasks_emulator() {
  python3 -m venv "$dir/venv" >&2 || return 1
  "$dir/venv/bin/pip" install -q gcloud-tasks-emulator==0.6.2 google-cloud-tasks==2.23.0 \
    grpcio==1.85.1 protobuf==4.25.9 >&2 || return 1
  echo "PILLBOX_GRPC_TASKS_EMULATOR=$dir/venv/bin/gcloud-tasks-emulator"
}

export -f fake_gcs v4_signatures grpc_tasks_emulator
gcs='' vectors='' tasks=''
# shellcheck disable=SC2086
trap 'kill $gcs $vectors $tasks 2>/dev/null; wait; exit 143' TERM
timeout -k 5 "$limit_s" bash -c fake_gcs &
gcs=$!
timeout -k 5 "$limit_s" bash -c v4_signatures &
vectors=$!
timeout -k 5 "$limit_s" bash -c grpc_tasks_emulator &
tasks=$!
wait "$gcs" || echo 'test/differential: fake-gcs-server cannot be had; its tests skip' >&2
wait "$vectors" || echo "test/differential: Google's vectors of V4 signatures cannot be had; their tests skip" >&2
wait "$tasks" || echo 'test/differential: gcloud-tasks-emulator cannot be had; its tests skip' >&2
