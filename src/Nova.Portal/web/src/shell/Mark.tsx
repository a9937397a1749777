/** Nova's mark; in an embedded view, the host's logo. */
export function Mark({ logo, size = 24 }: { logo?: string | null; size?: number }) {
  if (logo) return <img src={logo} alt="" height={size} style={{ display: 'block', maxWidth: 140 }} />;
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" style={{ flex: 'none', display: 'block' }}>
      <rect width="32" height="32" rx="8" fill="var(--mantine-primary-color-filled)" />
      <path d="M16 4.500c.9 6.600 4.400 10.100 11 11-6.600.9-10.100 4.400-11 11-.9-6.600-4.400-10.100-11-11 6.600-.9 10.100-4.400 11-11Z" fill="#fff" />
    </svg>
  );
}
