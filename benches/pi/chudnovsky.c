/* The first digits of pi after the point with GMP: Chudnovsky's series by binary splitting, the plain way.
 *
 *   cc -O2 -o chudnovsky chudnovsky.c -lgmp
 *   ./chudnovsky BASE COUNT FILE
 *
 * BASE is 10 or 16. Writes the digits to FILE and nothing else. */
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* P, Q and T over the terms first..last, with P only where it is wanted. */
static void split(mpz_t p, mpz_t q, mpz_t t, unsigned long first, unsigned long last, int with_p) {
    if (last - first == 1) {
        unsigned long a = first;
        if (a == 0) {
            mpz_set_ui(p, 1);
            mpz_set_ui(q, 1);
            mpz_set_ui(t, 13591409);
            return;
        }
        mpz_set_ui(p, 6 * a - 5);
        mpz_mul_ui(p, p, 2 * a - 1);
        mpz_mul_ui(p, p, 6 * a - 1);
        mpz_set_ui(q, a);
        mpz_mul_ui(q, q, a);
        mpz_mul_ui(q, q, a);
        mpz_mul_ui(q, q, 10939058860032000UL);
        mpz_mul_ui(t, p, 13591409 + 545140134 * a);
        if (a & 1)
            mpz_neg(t, t);
        return;
    }
    unsigned long middle = first + (last - first) / 2;
    mpz_t p2, q2, t2;
    mpz_inits(p2, q2, t2, NULL);
    split(p, q, t, first, middle, 1);
    split(p2, q2, t2, middle, last, with_p);
    mpz_mul(t, t, q2);
    mpz_mul(t2, p, t2);
    mpz_add(t, t, t2);
    mpz_clear(t2);
    mpz_mul(q, q, q2);
    mpz_clear(q2);
    if (with_p)
        mpz_mul(p, p, p2);
    mpz_clear(p2);
}

int main(int count_of_arguments, char **arguments) {
    if (count_of_arguments != 4)
        return 2;
    int base = atoi(arguments[1]);
    unsigned long count = strtoul(arguments[2], NULL, 10);
    if ((base != 10 && base != 16) || count == 0)
        return 2;
    double bits_each = base == 10 ? 3.3219280948873626 : 4;
    unsigned long bits = (unsigned long)(count * bits_each) + 64;
    mpz_t p, q, t, root;
    mpz_inits(p, q, t, root, NULL);
    split(p, q, t, 0, (unsigned long)(bits / 47.11) + 2, 0);
    mpz_clear(p);
    mpz_set_ui(root, 10005);
    mpz_mul_2exp(root, root, 2 * bits);
    mpz_sqrt(root, root);
    mpz_mul_ui(q, q, 426880);
    mpz_mul(q, q, root);
    mpz_clear(root);
    mpz_tdiv_q(q, q, t); /* pi * 2^bits */
    mpz_clear(t);
    /* The first `count` digits are the whole part of the fraction times base^count. */
    mpz_tdiv_r_2exp(q, q, bits);
    if (base == 16) {
        mpz_tdiv_q_2exp(q, q, bits - 4 * count);
    } else {
        mpz_t power;
        mpz_init(power);
        mpz_ui_pow_ui(power, base, count);
        mpz_mul(q, q, power);
        mpz_clear(power);
        mpz_tdiv_q_2exp(q, q, bits);
    }
    char *digits = mpz_get_str(NULL, -base, q);
    FILE *file = fopen(arguments[3], "wb");
    if (!file)
        return 1;
    for (size_t zeros = count - strlen(digits); zeros; zeros--)
        fputc('0', file);
    fputs(digits, file);
    return fclose(file) != 0;
}
