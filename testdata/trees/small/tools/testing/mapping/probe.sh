#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Counts pages that drivers map while a command runs.
echo 'p:mapping/insert vm_insert_page' > /sys/kernel/tracing/kprobe_events
"$@"
cat /sys/kernel/tracing/events/mapping/insert/hist
