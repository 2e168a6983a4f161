package memory

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// arena is the unit in which Go reserves address space, so it may reserve that much
// more than it needs.
const arena = 64 << 20

// limits returns the bytes that the system would still grant, one number per rule:
// memory that is free or can be reclaimed, the limit on the address space (ulimit -v),
// and the limits of the process's control groups.
func limits() (left []int64) {
	if kB, ok := field("/proc/meminfo", "MemAvailable:"); ok {
		left = append(left, kB<<10)
	}
	var address syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_AS, &address) == nil && address.Cur < 1<<62 {
		if kB, ok := field("/proc/self/status", "VmSize:"); ok {
			left = append(left, int64(address.Cur)-kB<<10-4*arena)
		}
	}
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return left
	}
	return append(left, groupLimits("/sys/fs/cgroup", string(groups))...)
}

// groupLimits returns what the memory controllers of both versions of control groups
// leave. groups is the content of /proc/self/cgroup, one line "number:controllers:path"
// per hierarchy. In a container the path may not exist; the limits at the root then
// apply.
func groupLimits(root, groups string) (left []int64) {
	for line := range strings.Lines(groups) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(part) != 3 {
			continue
		}
		dir, limit, used := root, "memory.max", "memory.current"
		switch {
		case part[1] == "memory":
			dir, limit, used = path.Join(root, "memory"), "memory.limit_in_bytes", "memory.usage_in_bytes"
		case part[1] != "":
			continue
		}
		for at := path.Clean("/" + part[2]); ; at = path.Dir(at) {
			most, ok1 := number(path.Join(dir, at, limit))
			now, ok2 := number(path.Join(dir, at, used))
			if ok1 && ok2 && most < 1<<62 { // cached files would be dropped
				cache, _ := field(path.Join(dir, at, "memory.stat"), "inactive_file")
				left = append(left, most-now+cache)
			}
			if at == "/" {
				break
			}
		}
	}
	return left
}

// number reads a file that holds one number.
func number(file string) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	v, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // "max" means no limit
	return v, err == nil
}

// field reads the number after a name at the start of a line.
func field(file, name string) (v int64, ok bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if rest, found := strings.CutPrefix(lines.Text(), name); found {
			_, err := fmt.Sscan(rest, &v)
			return v, err == nil
		}
	}
	return 0, false
}
