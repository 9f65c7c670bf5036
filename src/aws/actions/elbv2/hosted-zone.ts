/** Route 53's zones of load balancers by region. (AWS General Reference: "Elastic Load Balancing endpoints and quotas".) */
const zones: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  application: {
    'us-east-1': 'Z35SXDOTRQ7X7K',
    'us-east-2': 'Z3AADJGX6KTTL2',
    'us-west-1': 'Z368ELLRRE2KJ0',
    'us-west-2': 'Z1H1FL5HABSF5',
    'eu-central-1': 'Z215JYRZR1TBD5',
    'eu-west-1': 'Z32O12XQLNTSW2'
  },
  network: {
    'us-east-1': 'Z26RNL4JYFTOTI',
    'us-east-2': 'ZLMOA37VPKANP',
    'us-west-1': 'Z24FKFUX50B4VW',
    'us-west-2': 'Z18D5FSROUN65G',
    'eu-central-1': 'Z3F0SRJ5LGBH90',
    'eu-west-1': 'Z2IFOLAFXWLO4F'
  }
}

/** The hosted zone of a type's load balancers; undefined for regions that nobody here knows it of. */
export function hostedZoneOf(type: string, region: string): string | undefined {
  return zones[type]?.[region]
}
