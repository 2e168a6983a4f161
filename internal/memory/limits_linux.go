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

// arena is how much address space Go takes at a time, and so may take beyond what
// it is asked for.
const arena = 64 << 20

// limits are how many bytes the system would still give, one number for each of
// its rules: memory that is free or could be freed, the limit on the address space
// (ulimit -v), the limits of the control groups that the process is in.
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

// groupLimits are what the memory controllers leave, of the second and of the first
// version of control groups. groups is the content of /proc/self/cgroup: a line a
// hierarchy, "number:controllers:path". In a container the path may not be there;
// its limits are then those at the root.
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
			if ok1 && ok2 && most < 1<<62 { // files in the cache would be given up
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

// number reads a file that holds one.
func number(file string) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	v, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // "max" is none
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
