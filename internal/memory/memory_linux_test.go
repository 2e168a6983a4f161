package memory

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestGroupLimits(t *testing.T) {
	write := func(file, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	second, first := t.TempDir(), t.TempDir()
	write(second+"/a/b/memory.max", "1000\n")
	write(second+"/a/b/memory.current", "400\n")
	write(second+"/a/b/memory.stat", "anon 300\ninactive_file 50\n")
	write(second+"/a/memory.max", "max\n") // no limit
	write(second+"/a/memory.current", "400\n")
	write(first+"/memory/memory.limit_in_bytes", "5000\n")
	write(first+"/memory/memory.usage_in_bytes", "6000\n")
	for _, c := range []struct {
		root, groups string
		want         []int64
	}{
		{second, "0::/a/b\n", []int64{650}},
		{second, "0::/elsewhere\n", nil},
		{first, "9:cpu:/x\n4:memory:/not/here\n0::/\n", []int64{-1000}},
		{first, "nonsense", nil},
	} {
		if got := groupLimits(c.root, c.groups); !slices.Equal(got, c.want) {
			t.Errorf("%q: %v left, want %v", c.groups, got, c.want)
		}
	}
}

// A child with little address space knows it: it is refused what a shell's limit
// does not leave, and can have what Check allows.
func TestAddressSpace(t *testing.T) {
	if racing {
		t.Skip("the race detector needs more addresses than the test allows")
	}
	const variable = "MEMORY_TEST_CHILD"
	if os.Getenv(variable) != "" {
		// Meanwhile the program may take addresses itself, an arena at a time.
		const apart = 2 * arena
		free := Free()
		fmt.Println("too much:", Check("the test", free+apart))
		free -= apart
		fmt.Println("fits:", Check("the test", free))
		held := make([]byte, free)
		for i := 0; i < len(held); i += 4096 {
			held[i] = 1
		}
		fmt.Println("held", len(held) > 0)
		return
	}
	out, err := exec.Command("sh", "-c", "ulimit -v 2000000 && exec env "+variable+"=1 "+os.Args[0]+" -test.run='^TestAddressSpace$'").CombinedOutput()
	text := string(out)
	if err != nil || !strings.Contains(text, "too much: not enough memory for the test") || !strings.Contains(text, "fits: <nil>") || !strings.Contains(text, "held true") {
		t.Errorf("with a limit of 2 GB: %v\n%s", err, text)
	}
}

func TestCheck(t *testing.T) {
	if err := Check("a byte", 1); err != nil {
		t.Error(err)
	}
	if free := Free(); free < 1<<20 || free > 1<<50 {
		t.Errorf("%d bytes free", free)
	}
	if err := Check("everything", math.MaxInt64); err == nil {
		t.Error("a request for all addresses is allowed")
	}
}
