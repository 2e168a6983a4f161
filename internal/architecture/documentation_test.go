package architecture

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The program of docs/library.md runs in a module of its own, made by the commands that
// stand before it, in both ways.
func TestProgramOfOnesOwn(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two programs")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "library.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)\n```(go)?\n(.*?)\n```\n").FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 3 || blocks[2][1] != "go" {
		t.Fatalf("%d blocks; want the commands of a workspace, those of a replacement, and a program", len(blocks))
	}
	for i, way := range []string{"workspace", "replacement"} {
		t.Run(way, func(t *testing.T) {
			dir := t.TempDir()
			for line := range strings.Lines(blocks[i][2]) {
				args := strings.Fields(strings.ReplaceAll(line, "/path/to/mgtool", root))
				if args[0] == "mkdir" {
					continue
				}
				if args[0] != "go" {
					t.Fatalf("%s: want go commands", line)
				}
				if _, err := goCommand(dir, args[1:]...); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(blocks[2][2]), 0o666); err != nil {
				t.Fatal(err)
			}
			if way == "replacement" {
				if _, err := goCommand(dir, "mod", "tidy"); err != nil {
					t.Fatal(err)
				}
			}
			out, err := goCommand(dir, "run", ".")
			if err != nil {
				t.Fatal(err)
			}
			if !regexp.MustCompile(`after [1-9] cycles, factor 0\.[01]\d\d, error \d\.\de-06`).MatchString(out) {
				t.Errorf("the program prints %q; want few cycles, a factor near 0.1 and an error near 6e-6", out)
			}
		})
	}
}

// Every link from one page of the project to another file of it leads somewhere.
func TestLinks(t *testing.T) {
	root := filepath.Join("..", "..")
	links := 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() != ".." && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range regexp.MustCompile(`\]\(([^)#]+)`).FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s links to %s, which is not there", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if links < 30 {
		t.Errorf("%d links seen; there are more", links)
	}
}

// docs/architecture.md names every package, no file that is not there, and nothing in a
// file that the file does not declare.
func TestArchitectureIsDocumented(t *testing.T) {
	root := filepath.Join("..", "..")
	page, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	for room := range allowed {
		if !strings.Contains(string(page), "`"+room+"`") {
			t.Errorf("docs/architecture.md does not name the package %s", room)
		}
	}
	named := regexp.MustCompile("`([a-z]+/[a-z/]*[a-z_]+\\.go)`").FindAllStringSubmatch(string(page), -1)
	for _, m := range named {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("docs/architecture.md names %s, which is not there", m[1])
		}
	}
	if len(named) < 30 {
		t.Errorf("docs/architecture.md names %d files; there are more", len(named))
	}
	placed := regexp.MustCompile("((?:`\\w+`(?: and | or )?)+) (?:in|of) `([a-z/_]+\\.go)`").FindAllStringSubmatch(string(page), -1)
	for _, m := range placed {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m[2])))
		if err != nil {
			continue // it is told above
		}
		for _, name := range strings.Fields(strings.NewReplacer("`", " ", " and ", " ", " or ", " ").Replace(m[1])) {
			declared := regexp.MustCompile(`(?m)^(func|type|var|const) (\([^)]*\) )?` + name + `\b`)
			if !declared.Match(text) {
				t.Errorf("docs/architecture.md says that %s is in %s, which does not declare it", name, m[2])
			}
		}
	}
	if len(placed) < 15 {
		t.Errorf("docs/architecture.md says of %d names where they are; there are more", len(placed))
	}
}
