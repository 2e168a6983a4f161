package simd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The committed assembly is what its generator writes, but for the first line,
// which has the command.
func TestGenerate(t *testing.T) {
	if testing.Short() {
		t.Skip("the generator takes a while to build")
	}
	dir := t.TempDir()
	for _, group := range []string{"gemm", "winograd", "elementwise", "activation", "stencil", "transfer", "nine", "varying", "bfloat16"} {
		cmd := exec.Command("go", "run", ".", "-kernels", group, "-pkg", "simd",
			"-out", filepath.Join(dir, group+"_amd64.s"), "-stubs", filepath.Join(dir, group+"_amd64.go"))
		cmd.Dir = "_asm"
		if out, err := cmd.CombinedOutput(); err != nil {
			if strings.Contains(string(out), "dial tcp") || strings.Contains(string(out), "lookup ") {
				t.Skipf("the generator's modules cannot be had: %s", out)
			}
			t.Fatalf("%v: %s", err, out)
		}
		for _, name := range []string{group + "_amd64.s", group + "_amd64.go"} {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, got, _ = bytes.Cut(got, []byte("\n"))
			_, want, _ = bytes.Cut(want, []byte("\n"))
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what _asm writes: run go generate", name)
			}
		}
	}
}

// Each implementation can be had by its name; another name is an error that says
// what there is.
func TestChoose(t *testing.T) {
	for _, k := range All() {
		if got, err := choose(k.Name); err != nil || got != k {
			t.Errorf("%s: %v, %v", k.Name, got.Name, err)
		}
	}
	if got, err := choose(""); err != nil || got != All()[0] {
		t.Errorf("no name: %v, %v; want the best", got.Name, err)
	}
	if _, err := choose("neon"); err == nil || !strings.Contains(err.Error(), "neon") || !strings.Contains(err.Error(), "portable") {
		t.Errorf("neon: error %v; want one that names it and what there is", err)
	}
}
