#!/bin/busybox sh
# The guest's first and only program beside what it starts. It says on the console what it has done, each in a line that
# begins with "guest:", and does what a line on the console asks for.
bb() { /bin/busybox "$@"; }
up() { bb cut -d' ' -f1 /proc/uptime; }

bb mount -t proc none /proc
bb mount -t sysfs none /sys
bb mount -t devtmpfs none /dev
bb mount -t tmpfs -o size=64m,mode=1777 none /tmp
bb mount -t tmpfs -o size=64m none /var
for module in $(bb cat /modules/order); do
    bb insmod "/modules/$module" || echo "guest: $module does not load"
done
bb ip link set lo up
bb ip addr add 10.0.2.15/24 dev eth0
bb ip link set eth0 up
# Bytes of the RS-485 line are bytes: no echo, nothing translated.
bb stty -F /dev/ttyS1 raw -echo 2>/dev/null
# What the program finds in /var, and may write to.
[ -d /data ] && bb cp -a /data /var/data
echo "guest: up at $(up) s"

child=
start() {
    /program/* "$@" &
    child=$!
    echo "guest: started $child at $(up) s"
}
# One argument a line.
separators="$IFS"; IFS='
'
set -- $(bb cat /arguments)
IFS="$separators"
start "$@"

while read -r asked; do
    case "$asked" in
        start) start "$@" ;;
        kill) bb kill -9 "$child"; wait "$child" 2>/dev/null; echo "guest: killed $child" ;;
        wait) wait "$child"; echo "guest: ended with $?" ;;
        off) break ;;
    esac
done
echo "guest: off at $(up) s"
bb sync
bb poweroff -f
