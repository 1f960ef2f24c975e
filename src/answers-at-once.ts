/** All answers of /predict together hold so many of the largest (MAX_ANSWER_MB). */
export const answersAtOnce = 2
