import { RecentlyUsed } from './recently-used.ts';

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

  /** @param mayStay whether this answer would be given to those who ask later as well */
  get(
    question: string,
    find: () => Promise<Answer>,
    mayStay: (answer: Answer) => boolean = () => true,
  ): Promise<Answer> {
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const answer = find();
    // It weighs nothing yet, and so is there for those who come meanwhile.
    this.#answers.set(question, answer, 0);
    answer.then(
      (found) => {
        const bytes = question.length + this.#bytesOf(found);
        if (mayStay(found)) this.#answers.set(question, answer, bytes);
        else this.#answers.delete(question);
      },
      () => this.#answers.delete(question),
    );
    return answer;
  }
}
