import { DefaultReporter, type TestModule, type TestRunEndReason, type Vitest } from 'vitest/node';

type RunError = Parameters<DefaultReporter['onTestRunEnd']>[1][number];

/**
 * Vitest's own report, followed by one last line for machines: `N passed, N failed`, and `, N skipped` where some were.
 * A file that could not be loaded, a failed hook and an error outside every test each count as one failed; so does a run
 * in which no test ran at all.
 */
export class FinalLineReporter extends DefaultReporter {
  private passed = 0;
  private failed = 0;
  private skipped = 0;

  override onInit(vitest: Vitest): void {
    super.onInit(vitest);
    // Vitest prints more after the last reporter call (teardown errors, hanging processes), so only `exit` is late enough.
    process.once('exit', (code) => this.printFinalLine(code));
  }

  override onTestRunEnd(
    modules: ReadonlyArray<TestModule>,
    errors: ReadonlyArray<RunError>,
    reason: TestRunEndReason,
  ): void {
    super.onTestRunEnd(modules, errors, reason);
    this.passed = 0;
    this.skipped = 0;
    this.failed = errors.length;
    for (const module of modules) this.count(module);
  }

  private count(module: TestModule): void {
    let failedHere = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') this.passed++;
      else if (state === 'skipped') this.skipped++;
      else failedHere++;
    }
    // A failed import or beforeAll fails the file and leaves its tests skipped or absent.
    if (failedHere === 0 && module.state() === 'failed') failedHere = 1;
    this.failed += failedHere;
  }

  private printFinalLine(code: number): void {
    const nothingRan = this.passed + this.failed === 0;
    const failed = this.failed === 0 && (code !== 0 || nothingRan) ? 1 : this.failed;
    if (failed > 0 && code === 0) process.exitCode = 1;
    const skipped = this.skipped > 0 ? `, ${this.skipped} skipped` : '';
    process.stdout.write(`${this.passed} passed, ${failed} failed${skipped}\n`);
  }
}
