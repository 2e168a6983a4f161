package vision

// This file holds Download, which fetches the official files: it resumes what
// was interrupted, and a file gets its name only once its checksum is right.

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Download fetches the official files of a data set into dir, which it creates if
// necessary, and unpacks archives. Files that are already there and correct are kept. An
// interrupted transfer leaves a file ending in .part, from which the next call continues.
// A transfer without data for half a minute is abandoned in the same way.
//
// progress, if not nil, is called often with the bytes of a file that have arrived and its
// size. An error names the file and the reason; if ctx was cancelled, it wraps ctx's error.
func Download(ctx context.Context, name, dir string, progress func(file string, done, total int64)) error {
	sources, err := OfficialFiles(name)
	if err != nil {
		return err
	}
	if dir == "" && len(sources) > 0 {
		return fmt.Errorf("vision: no folder given to download %s to", name)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	return download(ctx, &http.Client{Transport: transport}, sources, dir, progress)
}

// patience is how long a server may send nothing.
var patience = 30 * time.Second

// download is Download for any sources.
func download(ctx context.Context, client *http.Client, sources []OfficialFile, dir string, progress func(string, int64, int64)) error {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	for _, s := range sources {
		file := path.Base(s.URL)
		if wrongFile(s, dir) == nil {
			progress(file, s.Size, s.Size)
			continue
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return fmt.Errorf("vision: %w", err)
		}
		target := filepath.Join(dir, file)
		part := target + ".part"
		if err := transfer(ctx, client, s, part, func(done int64) { progress(file, done, s.Size) }); err != nil {
			return err
		}
		if err := checkTransfer(s, part); err != nil {
			return err
		}
		if strings.HasSuffix(file, ".tar.gz") {
			if err := unpack(part, s.Files, dir); err != nil {
				return err
			}
			if err := os.Remove(part); err != nil {
				return fmt.Errorf("vision: %w", err)
			}
		} else if err := os.Rename(part, target); err != nil {
			return fmt.Errorf("vision: %w", err)
		}
		if err := wrongFile(s, dir); err != nil {
			return err
		}
	}
	return nil
}

// wrongFile returns an error for the first file of a source that is not as it
// should be in dir.
func wrongFile(s OfficialFile, dir string) error {
	for _, f := range verify(s.Files, os.DirFS(dir)) {
		if f.State != OK {
			return fmt.Errorf("vision: after the download of %s, in %s: %v", path.Base(s.URL), dir, f)
		}
	}
	return nil
}

// transfer brings part, which may hold the beginning already, to the size of
// the source.
func transfer(ctx context.Context, client *http.Client, s OfficialFile, part string, progress func(done int64)) (err error) {
	var have int64
	if info, err := os.Stat(part); err == nil && info.Size() <= s.Size { // a longer one cannot be a beginning
		have = info.Size()
	}
	progress(have)
	if have == s.Size {
		return nil
	}
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	idle := time.AfterFunc(patience, func() { giveUp(fmt.Errorf("no data for %v", patience)) })
	defer idle.Stop()
	body, start, err := request(ctx, client, s, have)
	if err != nil {
		return err
	}
	defer body.Close()
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("vision: %w", err)
	}
	defer func() {
		if e := out.Close(); e != nil && err == nil {
			err = fmt.Errorf("vision: %w", e)
		}
	}()
	if err := out.Truncate(start); err != nil {
		return fmt.Errorf("vision: %w", err)
	}
	if _, err := out.Seek(start, io.SeekStart); err != nil {
		return fmt.Errorf("vision: %w", err)
	}
	counted := &counter{out, start, func(done int64) {
		idle.Reset(patience)
		progress(done)
	}}
	// A byte more than wanted is asked for, to see that there is more.
	_, err = io.Copy(counted, io.LimitReader(body, s.Size-start+1))
	if err == nil && counted.done < s.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("vision: the transfer of %s stopped after %d of %d bytes (kept; the next download goes on from there): %w",
			s.URL, counted.done, s.Size, err)
	}
	if counted.done > s.Size {
		os.Remove(part)
		return fmt.Errorf("vision: %s is longer than the %d bytes it should have", s.URL, s.Size)
	}
	return nil
}

// request asks for a source from byte have on, and returns the answer and the
// byte it begins with: 0 if the server cannot begin elsewhere.
func request(ctx context.Context, client *http.Client, s OfficialFile, have int64) (body io.ReadCloser, start int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		return nil, 0, fmt.Errorf("vision: %w", err)
	}
	req.Header.Set("Accept-Encoding", "identity") // the file as it is stored
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	resp, err := client.Do(req)
	if ctx.Err() != nil {
		err = fmt.Errorf("%s: %w", s.URL, context.Cause(ctx))
	}
	if err != nil {
		return nil, 0, fmt.Errorf("vision: %w", err)
	}
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusPartialContent:
		start = have
	default:
		resp.Body.Close()
		return nil, 0, fmt.Errorf("vision: %s: the server answers %s", s.URL, resp.Status)
	}
	if want := fmt.Sprintf("bytes %d-", start); start > 0 && !strings.HasPrefix(resp.Header.Get("Content-Range"), want) {
		resp.Body.Close()
		return nil, 0, fmt.Errorf("vision: %s: asked for the bytes from %d on, the server sends %q", s.URL, start, resp.Header.Get("Content-Range"))
	}
	if resp.ContentLength >= 0 && start+resp.ContentLength != s.Size {
		resp.Body.Close()
		return nil, 0, fmt.Errorf("vision: %s: the server has %d bytes, the official file has %d", s.URL, start+resp.ContentLength, s.Size)
	}
	return resp.Body, start, nil
}

// counter reports how many bytes have been written.
type counter struct {
	io.Writer
	done     int64
	progress func(int64)
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.done += int64(n)
	c.progress(c.done)
	return n, err
}

// checkTransfer compares a complete transfer with the checksums of its source.
// One that is wrong is removed, because going on from it would be in vain.
func checkTransfer(s OfficialFile, part string) error {
	f, err := os.Open(part)
	if err != nil {
		return fmt.Errorf("vision: %w", err)
	}
	defer f.Close()
	hash, published := sha256.New(), md5.New()
	if _, err := io.Copy(io.MultiWriter(hash, published), f); err != nil {
		return fmt.Errorf("vision: %w", err)
	}
	kind, got, want := "SHA-256", hex.EncodeToString(hash.Sum(nil)), s.SHA256
	if sum := hex.EncodeToString(published.Sum(nil)); s.MD5 != "" && sum != s.MD5 {
		kind, got, want = "MD5", sum, s.MD5
	}
	if got != want {
		os.Remove(part)
		return fmt.Errorf("vision: %s has the wrong checksum: got %s %s, want %s; it was removed, download it again", s.URL, kind, got, want)
	}
	return nil
}

// unpack writes the wanted files of a .tar.gz archive below dir and ignores
// all others. Where a file goes is read off the table of sources, never off the
// archive.
func unpack(archive string, files []File, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("vision: %w", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("vision: %s: %w", archive, err)
	}
	missing := slices.Clone(files)
	for r := tar.NewReader(z); len(missing) > 0; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("vision: %s does not hold %s", archive, missing[0].Name)
		}
		if err != nil {
			return fmt.Errorf("vision: %s: %w", archive, err)
		}
		k := slices.IndexFunc(missing, func(f File) bool { return f.Name == path.Clean(header.Name) })
		if k < 0 || header.Typeflag != tar.TypeReg {
			continue
		}
		if err := unpackFile(r, missing[k], dir); err != nil {
			return err
		}
		missing = slices.Delete(missing, k, k+1)
	}
	return nil
}

// unpackFile writes one file, under its name only when its content is right.
func unpackFile(r io.Reader, file File, dir string) error {
	target := filepath.Join(dir, filepath.FromSlash(file.Name))
	if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
		return fmt.Errorf("vision: %w", err)
	}
	part := target + ".part"
	out, err := os.Create(part)
	if err != nil {
		return fmt.Errorf("vision: %w", err)
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, hash), io.LimitReader(r, file.Size+1))
	if e := out.Close(); err == nil {
		err = e
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	switch {
	case err != nil:
	case n != file.Size:
		err = fmt.Errorf("it has %d bytes or more, want %d", n, file.Size)
	case sum != file.SHA256:
		err = fmt.Errorf("wrong checksum: got SHA-256 %s, want %s", sum, file.SHA256)
	default:
		err = os.Rename(part, target)
	}
	if err != nil {
		os.Remove(part)
		return fmt.Errorf("vision: unpacking %s: %w", file.Name, err)
	}
	return nil
}
