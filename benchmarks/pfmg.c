/* hypre's structured multigrid on -Laplace u = 1 in the unit square or cube,
 * u = 0 on the boundary, from u = 0: a peer of `mgtool solve --problem ones`.
 *
 *   mpicc -O3 pfmg.c -o pfmg -I/usr/include/hypre -lHYPRE -lm
 *   mpirun -np 2 ./pfmg 2 4095 1 2 1e-8
 *
 * Unknowns are the inner points only, so n of them a side are n+1 cells. The
 * processes share the last dimension in slabs.
 */
#include <HYPRE_struct_ls.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum solver { PFMG, PFMG_PCG, SMG };
static const char *const names[] = {"PFMG", "PFMG-PCG", "SMG"};

enum { MAX_ITERATIONS = 100 };

/* What the command line asks for. */
struct options {
	int dim; /* 2 or 3 */
	int n;   /* unknowns a side */
	enum solver solver;
	int relax; /* PFMG's relaxation, hypre's numbers; SMG has its own */
	double rtol;
};

/* The system A x = b, and the box of unknowns that this process owns. */
struct problem {
	int lo[3], hi[3];
	long unknowns; /* in the box */
	HYPRE_StructGrid grid;
	HYPRE_StructStencil stencil;
	HYPRE_StructMatrix A;
	HYPRE_StructVector b, x;
};

struct outcome {
	int iterations;
	double residual; /* over the right side */
	double setup, solve;
};

static int integer(const char *word, int least, int most, int *value)
{
	char *end;
	long v = strtol(word, &end, 10);

	*value = (int)v;
	return end != word && *end == '\0' && v >= least && v <= most;
}

static int number(const char *word, double *value)
{
	char *end;

	*value = strtod(word, &end);
	return end != word && *end == '\0' && *value > 0 && *value < 1;
}

static int parse(int argc, char **argv, int processes, struct options *o)
{
	int solver;

	if (argc != 6 || !integer(argv[1], 2, 3, &o->dim) || !integer(argv[2], processes, 1 << 16, &o->n) ||
	    !integer(argv[3], PFMG, SMG, &solver) || !integer(argv[4], 0, 3, &o->relax) || !number(argv[5], &o->rtol))
		return 0;
	o->solver = (enum solver)solver;
	return 1;
}

static void usage(const char *program)
{
	fprintf(stderr,
		"usage: %s DIM N SOLVER RELAX RTOL\n"
		"  DIM     2 or 3\n"
		"  N       unknowns a side, at least one for each process\n"
		"  SOLVER  0 PFMG, 1 CG preconditioned by PFMG, 2 SMG\n"
		"  RELAX   of PFMG: 0 Jacobi, 1 weighted Jacobi, 2 red-black Gauss-Seidel, symmetric,\n"
		"          3 red-black Gauss-Seidel, not symmetric\n"
		"  RTOL    stop at this residual over that of the right side, between 0 and 1\n",
		program);
}

static void *allocate(size_t bytes)
{
	void *p = malloc(bytes);

	if (p == NULL) {
		fprintf(stderr, "pfmg: no memory for %zu bytes\n", bytes);
		MPI_Abort(MPI_COMM_WORLD, 1);
	}
	return p;
}

/* A box of the grid: this process's slab of the last dimension. */
static void make_grid(struct problem *p, int dim, int n, int rank, int processes)
{
	p->unknowns = 1;
	for (int k = 0; k < 3; k++) {
		p->lo[k] = 0;
		p->hi[k] = n - 1;
	}
	p->lo[dim - 1] = (int)((long)n * rank / processes);
	p->hi[dim - 1] = (int)((long)n * (rank + 1) / processes - 1);
	for (int k = 0; k < dim; k++)
		p->unknowns *= p->hi[k] - p->lo[k] + 1;

	HYPRE_StructGridCreate(MPI_COMM_WORLD, dim, &p->grid);
	HYPRE_StructGridSetExtents(p->grid, p->lo, p->hi);
	HYPRE_StructGridAssemble(p->grid);
}

/* The 5- or 7-point Laplacian. hypre keeps symmetric matrices by half: the
 * diagonal and the neighbour below in each dimension. */
static void make_matrix(struct problem *p, int dim, int n)
{
	int entries = dim + 1, numbers[] = {0, 1, 2, 3};
	double inverse_h2 = (double)(n + 1) * (n + 1);
	double *values = allocate(p->unknowns * entries * sizeof *values);

	HYPRE_StructStencilCreate(dim, entries, &p->stencil);
	for (int e = 0; e < entries; e++) {
		int offset[3] = {0, 0, 0};

		if (e > 0)
			offset[e - 1] = -1;
		HYPRE_StructStencilSetElement(p->stencil, e, offset);
	}
	HYPRE_StructMatrixCreate(MPI_COMM_WORLD, p->grid, p->stencil, &p->A);
	HYPRE_StructMatrixSetSymmetric(p->A, 1);
	HYPRE_StructMatrixInitialize(p->A);

	for (long i = 0; i < p->unknowns; i++) {
		values[i * entries] = 2 * dim * inverse_h2;
		for (int e = 1; e < entries; e++)
			values[i * entries + e] = -inverse_h2;
	}
	HYPRE_StructMatrixSetBoxValues(p->A, p->lo, p->hi, entries, numbers, values);

	/* No coupling with points on the boundary: they are zero. */
	for (int k = 0; k < dim; k++) {
		int hi[3] = {p->hi[0], p->hi[1], p->hi[2]};
		int below = k + 1;
		long face = p->unknowns / (p->hi[k] - p->lo[k] + 1);

		if (p->lo[k] != 0)
			continue; /* another process has this side */
		hi[k] = 0;
		for (long i = 0; i < face; i++)
			values[i] = 0;
		HYPRE_StructMatrixSetBoxValues(p->A, p->lo, hi, 1, &below, values);
	}
	HYPRE_StructMatrixAssemble(p->A);
	free(values);
}

static HYPRE_StructVector make_vector(struct problem *p, double value)
{
	HYPRE_StructVector v;
	double *values = allocate(p->unknowns * sizeof *values);

	for (long i = 0; i < p->unknowns; i++)
		values[i] = value;
	HYPRE_StructVectorCreate(MPI_COMM_WORLD, p->grid, &v);
	HYPRE_StructVectorInitialize(v);
	HYPRE_StructVectorSetBoxValues(v, p->lo, p->hi, values);
	HYPRE_StructVectorAssemble(v);
	free(values);
	return v;
}

/* A V(1,1)-cycle with coarse operators of the fine one's stencil (RAP type 1),
 * which skips relaxation where semicoarsening makes it needless. */
static HYPRE_StructSolver make_pfmg(int relax)
{
	HYPRE_StructSolver s;

	HYPRE_StructPFMGCreate(MPI_COMM_WORLD, &s);
	HYPRE_StructPFMGSetRelChange(s, 0);
	HYPRE_StructPFMGSetRAPType(s, 1);
	HYPRE_StructPFMGSetRelaxType(s, relax);
	HYPRE_StructPFMGSetNumPreRelax(s, 1);
	HYPRE_StructPFMGSetNumPostRelax(s, 1);
	HYPRE_StructPFMGSetSkipRelax(s, 1);
	return s;
}

static struct outcome solve_pfmg(struct problem *p, const struct options *o)
{
	struct outcome r;
	HYPRE_StructSolver s = make_pfmg(o->relax);

	HYPRE_StructPFMGSetMaxIter(s, MAX_ITERATIONS);
	HYPRE_StructPFMGSetTol(s, o->rtol);
	double start = MPI_Wtime();
	HYPRE_StructPFMGSetup(s, p->A, p->b, p->x);
	double ready = MPI_Wtime();
	HYPRE_StructPFMGSolve(s, p->A, p->b, p->x);
	r.solve = MPI_Wtime() - ready;
	r.setup = ready - start;
	HYPRE_StructPFMGGetNumIterations(s, &r.iterations);
	HYPRE_StructPFMGDestroy(s);
	return r;
}

static struct outcome solve_pcg(struct problem *p, const struct options *o)
{
	struct outcome r;
	HYPRE_StructSolver s, cycle = make_pfmg(o->relax);

	/* The preconditioner is one cycle from zero. */
	HYPRE_StructPFMGSetMaxIter(cycle, 1);
	HYPRE_StructPFMGSetTol(cycle, 0);
	HYPRE_StructPFMGSetZeroGuess(cycle);

	HYPRE_StructPCGCreate(MPI_COMM_WORLD, &s);
	HYPRE_StructPCGSetMaxIter(s, MAX_ITERATIONS);
	HYPRE_StructPCGSetTol(s, o->rtol);
	HYPRE_StructPCGSetTwoNorm(s, 1);
	HYPRE_StructPCGSetPrecond(s, HYPRE_StructPFMGSolve, HYPRE_StructPFMGSetup, cycle);
	double start = MPI_Wtime();
	HYPRE_StructPCGSetup(s, p->A, p->b, p->x);
	double ready = MPI_Wtime();
	HYPRE_StructPCGSolve(s, p->A, p->b, p->x);
	r.solve = MPI_Wtime() - ready;
	r.setup = ready - start;
	HYPRE_StructPCGGetNumIterations(s, &r.iterations);
	HYPRE_StructPCGDestroy(s);
	HYPRE_StructPFMGDestroy(cycle);
	return r;
}

static struct outcome solve_smg(struct problem *p, const struct options *o)
{
	struct outcome r;
	HYPRE_StructSolver s;

	HYPRE_StructSMGCreate(MPI_COMM_WORLD, &s);
	HYPRE_StructSMGSetMaxIter(s, MAX_ITERATIONS);
	HYPRE_StructSMGSetTol(s, o->rtol);
	double start = MPI_Wtime();
	HYPRE_StructSMGSetup(s, p->A, p->b, p->x);
	double ready = MPI_Wtime();
	HYPRE_StructSMGSolve(s, p->A, p->b, p->x);
	r.solve = MPI_Wtime() - ready;
	r.setup = ready - start;
	HYPRE_StructSMGGetNumIterations(s, &r.iterations);
	HYPRE_StructSMGDestroy(s);
	return r;
}

/* |b - A x| / |b| by its own product, in 2-norms. hypre's PFMG and SMG leave
 * their own figure unset unless they keep a log. */
static double residual(struct problem *p)
{
	HYPRE_StructVector r = make_vector(p, 1);
	double *values = allocate(p->unknowns * sizeof *values);
	double mine[2] = {0, (double)p->unknowns}, all[2]; /* squares of |r| and |b| */

	HYPRE_StructMatrixMatvec(-1, p->A, p->x, 1, r);
	HYPRE_StructVectorGetBoxValues(r, p->lo, p->hi, values);
	for (long i = 0; i < p->unknowns; i++)
		mine[0] += values[i] * values[i];
	MPI_Allreduce(mine, all, 2, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
	free(values);
	HYPRE_StructVectorDestroy(r);
	return sqrt(all[0] / all[1]);
}

static struct outcome run(const struct options *o, int rank, int processes)
{
	struct problem p;
	struct outcome r;

	make_grid(&p, o->dim, o->n, rank, processes);
	make_matrix(&p, o->dim, o->n);
	p.b = make_vector(&p, 1);
	p.x = make_vector(&p, 0);
	switch (o->solver) {
	case PFMG:
		r = solve_pfmg(&p, o);
		break;
	case PFMG_PCG:
		r = solve_pcg(&p, o);
		break;
	default:
		r = solve_smg(&p, o);
	}
	r.residual = residual(&p);
	HYPRE_StructVectorDestroy(p.x);
	HYPRE_StructVectorDestroy(p.b);
	HYPRE_StructMatrixDestroy(p.A);
	HYPRE_StructStencilDestroy(p.stencil);
	HYPRE_StructGridDestroy(p.grid);
	return r;
}

int main(int argc, char **argv)
{
	struct options o;
	int rank, processes, status = 0;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &processes);
	if (!parse(argc, argv, processes, &o)) {
		if (rank == 0)
			usage(argv[0]);
		status = 2;
	} else {
		HYPRE_Init();
		struct outcome r = run(&o, rank, processes);
		double unknowns = o.dim == 2 ? (double)o.n * o.n : (double)o.n * o.n * o.n;

		if (rank == 0)
			printf("hypre %s relax %d, dim %d, n %d, processes %d: %d iterations, relative residual %.2e, "
			       "setup %.3f s, solve %.3f s, %.2f million unknowns/s\n",
			       names[o.solver], o.relax, o.dim, o.n, processes, r.iterations, r.residual, r.setup,
			       r.solve, unknowns / r.solve / 1e6);
		HYPRE_Finalize();
		if (!(r.residual <= 1.01 * o.rtol)) { /* for rounding */
			if (rank == 0)
				fprintf(stderr, "pfmg: not converged\n");
			status = 1;
		}
	}
	MPI_Finalize();
	return status;
}
