package vision

// Tests of Verify on small files and of Download against servers that are
// right, slow, interrupted and wrong.

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func fileFor(name string, content []byte) File { return File{name, int64(len(content)), sum(content)} }

func sourceFor(url string, content []byte, files ...File) OfficialFile {
	return OfficialFile{URL: url, Size: int64(len(content)), SHA256: sum(content), Files: files}
}

func TestVerifyStates(t *testing.T) {
	content := ramp(5000)
	packed := zipped(t, content)
	damaged := bytes.Clone(packed)
	damaged[len(damaged)-5] ^= 1
	other := bytes.Clone(content)
	other[4000]++
	want := fileFor(idxTestImages, content)
	for what, c := range map[string]struct {
		files map[string][]byte
		state State
		says  []string
	}{
		"plain":          {map[string][]byte{idxTestImages: content}, OK, []string{idxTestImages + ": ok"}},
		"gzip":           {map[string][]byte{idxTestImages + ".gz": packed}, OK, []string{".gz: ok"}},
		"historical":     {map[string][]byte{"t10k-images.idx3-ubyte": content}, OK, []string{"t10k-images.idx3-ubyte: ok"}},
		"missing":        {nil, Missing, []string{idxTestImages + ": missing"}},
		"short":          {map[string][]byte{idxTestImages: content[:4999]}, WrongSize, []string{"wrong size", "got 4999", "want 5000"}},
		"long":           {map[string][]byte{idxTestImages: append(content, 1)}, WrongSize, []string{"wrong size", "got 5001", "want 5000"}},
		"gzip cut short": {map[string][]byte{idxTestImages: packed[:len(packed)-20]}, WrongSize, []string{"wrong size", "want 5000"}},
		"other":          {map[string][]byte{idxTestImages: other}, WrongChecksum, []string{"wrong checksum", sum(other), sum(content)}},
		"damaged gzip":   {map[string][]byte{idxTestImages + ".gz": damaged}, Unreadable, []string{"unreadable", "checksum"}},
		"folder":         {map[string][]byte{idxTestImages + "/x": nil}, Unreadable, []string{"unreadable", "directory"}},
	} {
		got := verify([]File{want}, os.DirFS(writeAll(t, c.files)))[0]
		if got.State != c.state {
			t.Errorf("%s: state %q, want %q", what, got.State, c.state)
		}
		for _, s := range c.says {
			if !strings.Contains(got.String(), s) {
				t.Errorf("%s: %q does not say %q", what, got, s)
			}
		}
	}
}

func TestVerifyNames(t *testing.T) {
	for name, n := range map[string]int{"mnist": 4, "fashion-mnist": 4, "cifar10": 6, "cifar100": 2, "cifar100-coarse": 2, "sample": 0} {
		all, err := Verify(name, filepath.Join(t.TempDir(), "nowhere"))
		if err != nil || len(all) != n {
			t.Errorf("%s: %d files, error %v; want %d", name, len(all), err, n)
		}
		for _, f := range all {
			if f.State != Missing {
				t.Errorf("%v in a folder that does not exist", f)
			}
		}
	}
	_, err := Verify("x", "")
	wantError(t, err, `"x"`)
	_, err = Verify("mnist", "")
	wantError(t, err, "no folder")
	wantError(t, Download(t.Context(), "x", t.TempDir(), nil), `"x"`)
	wantError(t, Download(t.Context(), "mnist", "", nil), "no folder")
	if err := Download(t.Context(), "sample", "", nil); err != nil {
		t.Error(err)
	}
}

// The table is complete: a digest has 64 digits, and what is downloaded is what
// Load looks for.
func TestOfficialFiles(t *testing.T) {
	for _, name := range Names() {
		sources, err := OfficialFiles(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sources {
			if len(s.SHA256) != 64 || s.Size == 0 || len(s.Files) == 0 || s.Licence == "" || s.Citation == "" {
				t.Errorf("%s is incomplete", s.URL)
			}
			for _, f := range s.Files {
				if len(f.SHA256) != 64 || f.Size == 0 {
					t.Errorf("%s of %s is incomplete", f.Name, s.URL)
				}
				if base := s.URL[strings.LastIndex(s.URL, "/")+1:]; strings.HasSuffix(base, "ubyte.gz") && base != places(f.Name)[1] {
					t.Errorf("%s is not found as %s", base, f.Name)
				}
			}
		}
	}
}

// server answers with content under any path; it records the ranges asked for
// and, once, breaks off after cut bytes.
type server struct {
	*httptest.Server
	sync.Mutex
	content []byte
	cut     int
	ranges  []string
}

func serve(t *testing.T, content []byte) *server {
	s := &server{content: content}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Lock()
		defer s.Unlock()
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		if s.cut > 0 {
			w.Header().Set("Content-Length", fmt.Sprint(len(s.content)))
			w.Write(s.content[:s.cut])
			w.(http.Flusher).Flush()
			s.cut = 0
			panic(http.ErrAbortHandler) // closes the connection
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.content))
	}))
	t.Cleanup(s.Close)
	return s
}

// gzFile is a packed file as MNIST has them, and its bytes.
func gzFile(t *testing.T, url string) (OfficialFile, []byte) {
	content := ramp(200_000)
	packed := zipped(t, content)
	return sourceFor(url+"/"+idxTestImages+".gz", packed, fileFor(idxTestImages, content)), packed
}

func TestDownload(t *testing.T) {
	s := serve(t, nil)
	source, packed := gzFile(t, s.URL)
	s.content = packed
	dir := filepath.Join(t.TempDir(), "new", "folder")
	var last int64
	progress := func(file string, done, total int64) {
		if file != idxTestImages+".gz" || total != source.Size || done < last || done > total {
			t.Errorf("progress %s: %d of %d after %d", file, done, total, last)
		}
		last = done
	}
	if err := download(t.Context(), s.Client(), []OfficialFile{source}, dir, progress); err != nil {
		t.Fatal(err)
	}
	if last != source.Size {
		t.Errorf("progress ends at %d, want %d", last, source.Size)
	}
	got, err := os.ReadFile(filepath.Join(dir, idxTestImages+".gz"))
	if err != nil || !bytes.Equal(got, packed) {
		t.Errorf("the file differs from what was served; error %v", err)
	}
	only(t, dir, idxTestImages+".gz")
	// A second call finds the file and asks for nothing.
	if err := download(t.Context(), s.Client(), []OfficialFile{source}, dir, nil); err != nil || len(s.ranges) != 1 {
		t.Errorf("second call: %d requests in all, error %v; want 1", len(s.ranges), err)
	}
}

// only checks that a folder holds exactly these files.
func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			got = append(got, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("folder holds %v (error %v), want %v", got, err, want)
	}
}

// What an interrupted transfer has brought is kept and continued.
func TestDownloadResumes(t *testing.T) {
	s := serve(t, nil)
	source, packed := gzFile(t, s.URL)
	s.content, s.cut = packed, 700
	dir := t.TempDir()
	err := download(t.Context(), s.Client(), []OfficialFile{source}, dir, nil)
	wantError(t, err, "stopped after 700 of", "goes on")
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v does not wrap io.ErrUnexpectedEOF", err)
	}
	only(t, dir, idxTestImages+".gz.part")
	if err := download(t.Context(), s.Client(), []OfficialFile{source}, dir, nil); err != nil {
		t.Fatal(err)
	}
	if len(s.ranges) != 2 || s.ranges[0] != "" || s.ranges[1] != "bytes=700-" {
		t.Errorf("ranges asked for: %q, want none and then bytes=700-", s.ranges)
	}
	only(t, dir, idxTestImages+".gz")
}

// A server that falls silent is given up, before its answer or within it; what it sent
// is kept and continued.
func TestDownloadStalls(t *testing.T) {
	defer func(d time.Duration) { patience = d }(patience)
	patience = 200 * time.Millisecond
	source, packed := gzFile(t, "")
	for silent, want := range map[int]string{-1: "no data for 200ms", 0: "stopped after 0 of", 700: "stopped after 700 of"} {
		var stall atomic.Bool
		stall.Store(true)
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !stall.Load() {
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(packed))
				return
			}
			if silent >= 0 {
				w.Header().Set("Content-Length", fmt.Sprint(len(packed)))
				w.Write(packed[:silent])
				w.(http.Flusher).Flush()
			}
			<-r.Context().Done()
		}))
		from := source
		from.URL = s.URL + "/" + idxTestImages + ".gz"
		dir := t.TempDir()
		err := download(t.Context(), s.Client(), []OfficialFile{from}, dir, nil)
		wantError(t, err, from.URL, want, "no data for 200ms")
		stall.Store(false)
		if err := download(t.Context(), s.Client(), []OfficialFile{from}, dir, nil); err != nil {
			t.Errorf("after %d bytes, again: %v", silent, err)
		}
		only(t, dir, idxTestImages+".gz")
		s.Close()
	}
}

// A server that is slow but goes on is waited for, however long all of it takes.
func TestDownloadSlow(t *testing.T) {
	defer func(d time.Duration) { patience = d }(patience)
	patience = 2 * time.Second
	source, packed := gzFile(t, "")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(packed)))
		for k := range 6 {
			w.Write(packed[k*len(packed)/6 : (k+1)*len(packed)/6])
			w.(http.Flusher).Flush()
			time.Sleep(patience / 4)
		}
	}))
	defer s.Close()
	source.URL = s.URL + "/" + idxTestImages + ".gz"
	if err := download(t.Context(), s.Client(), []OfficialFile{source}, t.TempDir(), nil); err != nil {
		t.Error(err)
	}
}

// A complete or overlong .part file, and a server that knows no ranges.
func TestDownloadParts(t *testing.T) {
	s := serve(t, nil)
	source, packed := gzFile(t, s.URL)
	s.content = packed
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(packed) }))
	defer plain.Close()
	fromPlain := source
	fromPlain.URL = plain.URL + "/" + idxTestImages + ".gz"
	for what, c := range map[string]struct {
		part     []byte
		source   OfficialFile
		requests int
	}{
		"complete":  {packed, source, 0},
		"overlong":  {append(bytes.Clone(packed), 1, 2, 3), source, 1},
		"no ranges": {packed[:100], fromPlain, 0},
	} {
		s.ranges = nil
		dir := writeAll(t, map[string][]byte{idxTestImages + ".gz.part": c.part})
		if err := download(t.Context(), http.DefaultClient, []OfficialFile{c.source}, dir, nil); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if len(s.ranges) != c.requests {
			t.Errorf("%s: %d requests, want %d", what, len(s.ranges), c.requests)
		}
		only(t, dir, idxTestImages+".gz")
	}
}

// Wrong answers leave nothing that could be taken for the file.
func TestDownloadWrong(t *testing.T) {
	source, packed := gzFile(t, "")
	other := bytes.Clone(packed)
	other[len(other)/2] ^= 0x40
	for what, c := range map[string]struct {
		handler http.HandlerFunc
		part    []byte
		want    []string
		left    []string
	}{
		"404": {http.NotFound, nil, []string{"404 Not Found"}, nil},
		"checksum": {func(w http.ResponseWriter, r *http.Request) { w.Write(other) }, nil,
			[]string{"wrong checksum", sum(other), sum(packed), "removed"}, nil},
		"shorter": {func(w http.ResponseWriter, r *http.Request) { w.Write(packed[:50]) }, nil,
			[]string{"the server has 50 bytes", fmt.Sprint(len(packed))}, nil},
		"longer, length unknown": {func(w http.ResponseWriter, r *http.Request) {
			w.Write(packed)
			w.(http.Flusher).Flush()
			w.Write(packed)
		}, nil, []string{"longer than"}, nil},
		"shorter, length unknown": {func(w http.ResponseWriter, r *http.Request) {
			w.Write(packed[:50])
			w.(http.Flusher).Flush()
		}, nil, []string{"stopped after 50 of"}, []string{".part"}},
		"wrong range": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(packed)-1, len(packed)))
			w.WriteHeader(http.StatusPartialContent)
			w.Write(packed)
		}, packed[:100], []string{"from 100 on", "bytes 0-"}, []string{".part"}},
	} {
		t.Run(what, func(t *testing.T) {
			s := httptest.NewServer(c.handler)
			defer s.Close()
			source.URL = s.URL + "/" + idxTestImages + ".gz"
			files := map[string][]byte{}
			if c.part != nil {
				files[idxTestImages+".gz.part"] = c.part
			}
			dir := writeAll(t, files)
			wantError(t, download(t.Context(), s.Client(), []OfficialFile{source}, dir, nil), c.want...)
			for i := range c.left {
				c.left[i] = idxTestImages + ".gz" + c.left[i]
			}
			only(t, dir, c.left...)
		})
	}
}

// Cancelling stops a transfer under way and keeps what has arrived.
func TestDownloadCancelled(t *testing.T) {
	source, packed := gzFile(t, "")
	arrived := make(chan bool)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(packed)))
		w.Write(packed[:300])
		w.(http.Flusher).Flush()
		close(arrived)
		<-r.Context().Done()
	}))
	defer s.Close()
	source.URL = s.URL + "/" + idxTestImages + ".gz"
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	err := download(ctx, s.Client(), []OfficialFile{source}, t.TempDir(), nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v does not wrap context.Canceled", err)
	}
}

// tarOf packs an archive of names and contents, in turn.
func tarOf(t testing.TB, entries ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		h := &tar.Header{Name: entries[i].(string), Mode: 0o644}
		content, regular := entries[i+1].([]byte)
		if regular {
			h.Typeflag, h.Size = tar.TypeReg, int64(len(content))
		} else {
			h.Typeflag, h.Linkname = tar.TypeSymlink, entries[i+1].(string)
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return zipped(t, b.Bytes())
}

// Of an archive only the expected files are written, and only where expected.
func TestDownloadArchive(t *testing.T) {
	one, two := ramp(4000), ramp(3000)
	files := []File{fileFor("cifar-10-batches-bin/one.bin", one), fileFor("cifar-10-batches-bin/two.bin", two)}
	get := func(archive []byte) (dir string, err error) {
		s := serve(t, archive)
		dir = filepath.Join(t.TempDir(), "inside")
		return dir, download(t.Context(), s.Client(), []OfficialFile{sourceFor(s.URL+"/set.tar.gz", archive, files...)}, dir, nil)
	}
	dir, err := get(tarOf(t, "../escape.bin", one, "/cifar-10-batches-bin/two.bin", one, "cifar-10-batches-bin/../../two.bin", one,
		"cifar-10-batches-bin/two.bin", "/etc/passwd", // a link under the name of a file is no file
		"cifar-10-batches-bin/readme.html", two, "./cifar-10-batches-bin/one.bin", one, "cifar-10-batches-bin/two.bin", two))
	if err != nil {
		t.Fatal(err)
	}
	only(t, filepath.Dir(dir), "inside/cifar-10-batches-bin/one.bin", "inside/cifar-10-batches-bin/two.bin")

	_, err = get(tarOf(t, "cifar-10-batches-bin/one.bin", one))
	wantError(t, err, "does not hold cifar-10-batches-bin/two.bin")
	dir, err = get(tarOf(t, "cifar-10-batches-bin/one.bin", two))
	wantError(t, err, "one.bin", "3000 bytes", "want 4000")
	only(t, dir, "set.tar.gz.part")
	changed := bytes.Clone(one)
	changed[9]++
	dir, err = get(tarOf(t, "cifar-10-batches-bin/one.bin", changed))
	wantError(t, err, "one.bin", "wrong checksum", sum(changed))
	only(t, dir, "set.tar.gz.part")
	_, err = get([]byte("this is no archive"))
	wantError(t, err, "set.tar.gz", "gzip")
}
