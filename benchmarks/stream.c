/* The memory bandwidth of this machine: copy and triad over three arrays far
 * larger than the caches. OMP_NUM_THREADS sets the threads.
 *
 * Counted are the bytes that the program names, two arrays for copy and three
 * for triad. Unless the compiler stores past the caches, the processor also
 * reads the array it is about to write, so that the true traffic is greater.
 *
 *   gcc -O3 -march=native -fopenmp stream.c -o stream
 */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

enum { LENGTH = 40 * 1000 * 1000, REPEATS = 8 };

static double *array(double value)
{
	double *a = aligned_alloc(64, LENGTH * sizeof *a);

	if (a == NULL) {
		fprintf(stderr, "stream: no memory for %zu bytes\n", LENGTH * sizeof *a);
		exit(1);
	}
	/* Each thread touches first what it will work on. */
#pragma omp parallel for
	for (long i = 0; i < LENGTH; i++)
		a[i] = value;
	return a;
}

int main(int argc, char **argv)
{
	if (argc != 1) {
		fprintf(stderr, "usage: OMP_NUM_THREADS=threads %s\n", argv[0]);
		return 2;
	}
	double *a = array(1), *b = array(2), *c = array(0);
	double copy = 1e30, triad = 1e30; /* seconds, of the fastest repeat */

	for (int repeat = 0; repeat < REPEATS; repeat++) {
		double start = omp_get_wtime();
#pragma omp parallel for
		for (long i = 0; i < LENGTH; i++)
			a[i] = b[i] + 3.0 * c[i];
		double middle = omp_get_wtime();
#pragma omp parallel for
		for (long i = 0; i < LENGTH; i++)
			c[i] = a[i];
		double end = omp_get_wtime();

		if (middle - start < triad)
			triad = middle - start;
		if (end - middle < copy)
			copy = end - middle;
	}
	/* Using the result also keeps the compiler from dropping the loops:
	 * a = b + 3 c and c = a, so c goes 0, 2, 8, 26, … = 3^repeats - 1. */
	double want = 0;
	for (int repeat = 0; repeat < REPEATS; repeat++)
		want = 2 + 3 * want;
	if (c[0] != want || c[LENGTH - 1] != want) {
		fprintf(stderr, "stream: wrong result %g, want %g\n", c[0], want);
		return 1;
	}
	printf("stream threads %d: copy %.1f GB/s, triad %.1f GB/s\n", omp_get_max_threads(),
	       2.0 * sizeof *a * LENGTH / copy / 1e9, 3.0 * sizeof *a * LENGTH / triad / 1e9);
	free(a);
	free(b);
	free(c);
	return 0;
}
