package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// pictureRun is a training on a new folder of 120 pictures, of which memory bytes are kept
// decoded.
func pictureRun(t *testing.T, memory int64) runs.Run {
	t.Helper()
	dir := t.TempDir()
	sample, _, err := vision.Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 120 {
		class := filepath.Join(dir, sample.Classes[sample.Labels[i]%3+1])
		if err := errors.Join(os.MkdirAll(class, 0o755), vision.WritePNG(filepath.Join(class, string(rune('a'+i/26))+string(rune('a'+i%26))+".png"), sample.Picture(i))); err != nil {
			t.Fatal(err)
		}
	}
	folder := vision.DefaultFolder()
	folder.Size, folder.Memory = 14, memory
	r := tinyRun()
	r.Model, r.Limit, r.Data, r.DataDir, r.Folder = mgnet.NewMgNet(14, 14, 3, 3, []int{4}, []int{1, 1}), 0, "folder", dir, &folder
	return r
}

// A folder that is not kept in memory trains in the same bits.
func TestTrainingOnDemand(t *testing.T) {
	var want []byte
	for _, memory := range []int64{1 << 30, 1, 40 * 3 * 14 * 14} {
		got := train(t, pictureRun(t, memory), t.TempDir())
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("with %d bytes of images in memory: another checkpoint", memory)
		}
	}
}

// Pictures that are deleted during a training stop it with their name and with a
// checkpoint of the last step. Once they are back, it ends in the same bits.
func TestDeletedPictures(t *testing.T) {
	r := pictureRun(t, 1)
	trainSet, testSet, err := r.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := train(t, r, t.TempDir())
	for _, c := range []struct {
		deleted *vision.Dataset
		message string
	}{{trainSet, "mgnet: loading epoch 2, batch "}, {testSet, "mgnet: evaluating epoch 2: "}} {
		dir := t.TempDir()
		trainer, err := NewTrainer(r, trainSet, testSet, dir)
		if err != nil {
			t.Fatal(err)
		}
		away := t.TempDir()
		move := func(from, to string) {
			for _, file := range c.deleted.Files {
				if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(to, file)), 0o755), os.Rename(filepath.Join(from, file), filepath.Join(to, file))); err != nil {
					t.Fatal(err)
				}
			}
		}
		_, err = trainer.Train(context.Background(), func(p Progress) {
			if p.Epoch == 2 && p.Batch == 1 {
				move(r.DataDir, away)
			}
		})
		if err == nil || !strings.HasPrefix(err.Error(), c.message) || !strings.Contains(err.Error(), ".png") || !strings.HasSuffix(err.Error(), "; the last checkpoint is kept") {
			t.Errorf("error %v; want %s…, the name of a picture, and that the checkpoint is kept", err, c.message)
		}
		n, err := mgnet.Empty(r.Model)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := runs.LoadCheckpoint(n, filepath.Join(dir, runs.CheckpointFile), nil, nil); err != nil || s.Epoch != 1 || s.Batch == 0 {
			t.Errorf("the checkpoint stands at epoch %d, batch %d (%v); want a step of the second epoch", s.Epoch, s.Batch, err)
		}
		move(away, r.DataDir)
		if trainer, err = ResumeTrainer(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := trainer.Train(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(read(t, filepath.Join(dir, runs.CheckpointFile)), want) {
			t.Errorf("%s: resumed to another checkpoint", c.message)
		}
	}
}
