/**
 * A number from feedback is shown from so many studies on. Below, its interval spans nearly everything, and single
 * answers of single readers would show. The one place to change it.
 */
export const LEAST_FEEDBACK = 10;

/** AUROC, slope and intercept compare two classes: each must have so many studies as well. */
export const LEAST_OF_A_CLASS = 5;
