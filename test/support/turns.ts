/** Counts how often others have their turn of the event loop, until it is told to stop. */
export class Turns {
  count = 0;
  #isOver = false;

  constructor() {
    const turn = () => {
      this.count += 1;
      if (!this.#isOver) setImmediate(turn);
    };
    setImmediate(turn);
  }

  stop(): void {
    this.#isOver = true;
  }
}
