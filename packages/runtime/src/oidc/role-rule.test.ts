import { describe, expect, it } from 'vitest';
import { roleOfClaims } from './role-rule.js';

const map = [
  { value: 'hilum-officers', role: 'compliance' },
  { value: 'hilum-it', role: 'hospital-it' },
] as const;

describe('the role of claims', () => {
  it.each([
    ['a list', { roles: ['other', 'hilum-it'] }, 'roles', 'hospital-it'],
    ['words in a text', { roles: 'other hilum-it' }, 'roles', 'hospital-it'],
    ['a path with dots', { realm_access: { roles: ['hilum-it'] } }, 'realm_access.roles', 'hospital-it'],
    ['a name that holds dots', { 'https://a.example/roles': ['hilum-it'] }, 'https://a.example/roles', 'hospital-it'],
    ['several: the one that the map names first', { roles: ['hilum-it', 'hilum-officers'] }, 'roles', 'compliance'],
    ['none that the map knows', { roles: ['compliance'] }, 'roles', null],
    ['no such claim', {}, 'roles', null],
    ['a part of a word', { roles: 'hilum-its' }, 'roles', null],
    ['something that is no text', { roles: [{ name: 'hilum-it' }, 7] }, 'roles', null],
    ['what every object inherits', {}, 'constructor.name', null],
  ])('comes from %s', (_what, claims, claim, role) => {
    expect(roleOfClaims(claims, claim, map)).toBe(role);
  });
});
