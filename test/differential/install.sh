#!/usr/bin/env bash
# Installs the emulators of others that test/differential compares ours with, below DIR, and prints the settings that name
# them to the tests. What cannot be had is left out with a word on standard error: its tests then skip.
# Usage: install.sh DIR
set -uo pipefail
mkdir -p "$1" || exit 1
dir="$(cd "$1" && pwd)"
# Of each, so that a registry that hangs holds nobody up.
limit_s=480

# Through the Go proxy, with its checksum database; nothing outside DIR is written. A Go that is older than the module
# wants fetches a newer one from there too.
fake_gcs() {
  if ! command -v go >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends golang-go; } >&2
  fi
  command -v go >/dev/null || return 1
  GOPATH="$dir/go" GOCACHE="$dir/go-build" GOBIN="$dir/bin" GOTOOLCHAIN=auto GOFLAGS=-modcacherw CGO_ENABLED=0 \
    timeout "$limit_s" go install github.com/fsouza/fake-gcs-server@v1.56.1 >&2 || return 1
  rm -rf "$dir/go" "$dir/go-build"
  echo "PILLBOX_FAKE_GCS=$dir/bin/fake-gcs-server"
}

# The emulators of Cloud Tasks that are Go modules are not served by the proxy. Of the others this one is had in seconds;
# PILLBOX_TASKS_EMULATOR, which takes minutes to build, is for whoever has it (see the README of the local cloud).
grpc_tasks_emulator() {
  python3 -m venv "$dir/venv" >&2 || return 1
  timeout "$limit_s" "$dir/venv/bin/pip" install -q gcloud-tasks-emulator==0.6.2 google-cloud-tasks==2.23.0 \
    grpcio==1.85.1 protobuf==4.25.9 >&2 || return 1
  echo "PILLBOX_GRPC_TASKS_EMULATOR=$dir/venv/bin/gcloud-tasks-emulator"
}

fake_gcs || echo 'test/differential: fake-gcs-server cannot be had; its tests skip' >&2
grpc_tasks_emulator || echo 'test/differential: gcloud-tasks-emulator cannot be had; its tests skip' >&2
