package architecture

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// docs/dependencies.md lists every module that the command is linked with, in the
// version that it is linked in, and no other.
func TestDependenciesAreListed(t *testing.T) {
	root := filepath.Join("..", "..")
	out, err := goCommand(root, "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}| {{.Path}} | {{.Version}} |{{end}}{{end}}", "./cmd/mgtool")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	linked := map[string]bool{}
	for line := range strings.Lines(out) {
		if row := strings.TrimSpace(line); row != "" && !strings.Contains(row, guard) {
			linked[row] = true
		}
	}
	listed := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.SplitN(line, "|", 4)
		if len(cells) < 4 || !strings.Contains(cells[1], ".") {
			continue
		}
		listed++
		if row := "|" + cells[1] + "|" + cells[2] + "|"; !linked[row] {
			t.Errorf("docs/dependencies.md lists %s, which the command is not linked with", row)
		}
	}
	if listed != len(linked) {
		t.Errorf("docs/dependencies.md lists %d modules; the command is linked with %d", listed, len(linked))
		for row := range linked {
			if !strings.Contains(string(text), row) {
				t.Errorf("missing: %s", row)
			}
		}
	}
}
