import { RecentlyUsed } from '../recently-used.ts';

export interface Found<Answer> {
  readonly answer: Answer;
  /** Whether it would be given to those who ask later as well. */
  readonly stays: boolean;
}

/**
 * Answers to questions that are always answered alike, such as those about commits: kept while they were used lately.
 * Whoever asks while an answer is being found waits for it; what failed is asked again.
 */
export class Remembered<Answer> {
  readonly #answers: RecentlyUsed<Promise<Answer>>;
  readonly #bytesOf: (answer: Answer) => number;

  /** @param mostBytes of all answers together, by the rough count of `bytesOf` */
  constructor(mostBytes: number, bytesOf: (answer: Answer) => number) {
    this.#answers = new RecentlyUsed(mostBytes);
    this.#bytesOf = bytesOf;
  }

  get(question: string, find: () => Promise<Found<Answer>>): Promise<Answer> {
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const finding = find();
    const given = finding.then(({ answer }) => answer);
    // It weighs nothing yet, and so is there for those who come meanwhile.
    this.#answers.set(question, given, 0);
    finding.then(
      ({ answer, stays }) => {
        if (stays) this.#answers.set(question, given, question.length + this.#bytesOf(answer));
        else this.#answers.delete(question);
      },
      () => this.#answers.delete(question),
    );
    return given;
  }
}
